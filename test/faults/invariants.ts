import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunRecord } from "@kugetsu/core/Runs"
import { until, type World } from "./world.ts"

/** For the last supervisors to end after their outcome. */
const END_MS = 20_000

/**
 * What is wrong with a world in which everything promised has ended and the daemon is gone: sentences, none when all is
 * well.
 */
export const faultsOf = async (world: World): Promise<ReadonlyArray<string>> => {
  await until(() => world.leftovers().length === 0, END_MS)
  const [items, runs] = await Promise.all([world.items(), world.runs()])
  return [
    ...itemFaults(world, items),
    ...runFaults(world, runs),
    ...(await newsFaults(world, items, runs)),
    ...(await sessionFaults(world)),
    ...world.opencode.overlaps().map((overlap) => `two agents of one issue at a time: ${overlap}`),
    ...world.leftovers().map(({ pid, command }) => `process ${pid} is left: ${command}`),
  ]
}

const itemFaults = (world: World, items: ReadonlyArray<QueueItem>) => [
  ...world.promised.flatMap((id) => {
    const found = items.filter((item) => item.id === id)
    const [item] = found
    if (item === undefined) return [`${id} is lost`]
    if (found.length > 1) return [`${id} is there ${found.length} times`]
    if (item.state !== "completed" && item.state !== "error") return [`${id} did not end: ${item.state}`]
    return item.state === "error" && item.error === null ? [`${id} ended in error, and nothing says why`] : []
  }),
  ...items.filter(({ id }) => !world.promised.includes(id)).map(({ id }) => `${id} came from nowhere`),
]

const runFaults = (world: World, runs: ReadonlyArray<RunRecord>) => {
  const starts = new Map<string, number>()
  for (const { run } of world.opencode.starts()) starts.set(run, (starts.get(run) ?? 0) + 1)
  const known = new Set<string>(runs.map(({ request }) => request.run))
  return [
    ...[...starts].filter(([, count]) => count > 1).map(([run, count]) => `${run} was started ${count} times`),
    ...[...starts.keys()].filter((run) => !known.has(run)).map((run) => `${run} was started and has no record`),
    ...runs.filter(({ exit }) => exit === null).map(({ request }) => `${request.run} has no outcome`),
    ...runs
      .filter(({ exit, request }) => exit?.started_at === null && starts.has(request.run))
      .map(({ request }) => `${request.run} was started, and its outcome says it was not`),
  ]
}

/** The end of every item is told, and the turn and the start of every run, each once. */
const newsFaults = async (world: World, items: ReadonlyArray<QueueItem>, runs: ReadonlyArray<RunRecord>) => {
  const news = await world.notifications()
  const countOf = (about: string | null, types: ReadonlyArray<string>) =>
    news.filter(({ id, type }) => id.startsWith(`${about}.`) && types.includes(type)).length
  const told = (run: string, ...types: ReadonlyArray<string>): ReadonlyArray<string> => {
    const count = countOf(run, types)
    return count === 1 ? [] : [`${run}: ${types[0]} was told ${count} times`]
  }
  const ends = ["task_completed", "task_error", "needs_input"]
  return [
    ...items.flatMap(({ id, run }) => {
      // of an item that no run could be for, under its own name
      const count = countOf(run, ends) + countOf(id, ends)
      return run === null || count === 1 ? [] : [`${id} in ${run}: its end was told ${count} times`]
    }),
    ...runs.flatMap(({ request }) => told(request.run, "task_dequeued")),
    ...runs.filter(({ started }) => started !== null).flatMap(({ request }) => told(request.run, "task_started")),
  ]
}

const sessionFaults = async (world: World) =>
  (await world.sessions())
    .filter(({ session }) => session.state === "active")
    .map(({ name }) => `nothing runs, and the session of ${name} says active`)

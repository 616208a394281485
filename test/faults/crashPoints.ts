import { sessionCrashPoints } from "@kugetsu/core/opencode/crashPoints"
import { queueCrashPoints } from "@kugetsu/core/queue/crashPoints"
import { runCrashPoints } from "@kugetsu/daemon/crashPoints"
import * as fs from "node:fs"
import * as path from "node:path"
import { task } from "./cheapOpencode.ts"
import { cleanedUp, pullRequestOpened } from "./forgeFaults.ts"
import { faultsOf } from "./invariants.ts"
import { leftItsPlace } from "./sessionFaults.ts"
import { LIMIT_MS, type Scenario, serve, Trap } from "./trap.ts"
import { killIfThere, until, World } from "./world.ts"

const SHORT = task("sleep 0.2")

/** Three tasks on two issues. */
const plain: Scenario = async (world, trap) => {
  await world.enqueue(1, SHORT)
  await world.enqueue(2, SHORT)
  await world.enqueue(1, SHORT)
  return serve(world, trap.env)
}

/** A supervisor dies while its agent works. */
const orphaned: Scenario = async (world, trap) => {
  await world.enqueue(1, task("[ -e ../once ] || { : >../once; sleep 20; }"))
  const served = serve(world, trap.env)
  await until(async () => {
    const [run] = await world.runs()
    return run?.agent != null && killIfThere(run.started!.supervisor.pid, "SIGKILL")
  }, LIMIT_MS)
  return served
}

/** The daemon dies between claim and start, and the next one has to give the item back. */
const givenBack: Scenario = async (world, trap) => {
  await world.enqueue(1, SHORT)
  const first = new Trap(world, "launch.claimed")
  await world.daemon(first.env).exited
  return serve(world, trap.env)
}

/** Somebody who was killed while they left a task does it again. */
const enqueued: Scenario = async (world, trap) => {
  const id = world.newId()
  const words = ["enqueue", id, "example.org/ann/app#1", SHORT]
  const first = await world.run(words, trap.env)
  const there = (await world.item(id)) !== undefined
  const second = await world.run(words)
  world.expect(id)
  const said = there ? "Duplicate" : "Enqueued"
  return [
    ...(first.signal === "SIGKILL" ? [] : ["whoever enqueued was not killed"]),
    ...(second.stdout.trim() === said ? [] : [`the second time it was ${second.stdout.trim()}, not ${said}`]),
    ...(await serve(world, {})),
  ]
}

/** Killed, a change is there or it is not; done again it is there. */
const asked =
  (verb: "cancel" | "retry"): Scenario =>
  async (world, trap) => {
    const id = await world.enqueue(1, SHORT)
    if (verb === "retry") await world.run(["cancel", id])
    await world.run([verb, id], trap.env)
    await world.run([verb, id])
    const faults = await serve(world, {})
    const state = (await world.item(id))?.state
    const wanted = verb === "retry" ? "completed" : "error"
    return state === wanted ? faults : [...faults, `after its ${verb} it is ${state}`]
  }

const broken: Scenario = async (world, trap) => {
  await world.enqueue(1, SHORT)
  fs.writeFileSync(path.join(world.home, "queue", "items", "q_0000000000001_broken.json"), "{")
  // nobody but the daemon may read the queue before it died of it
  await world.daemon(trap.env).exited
  const faults = await serve(world, {})
  const told = (await world.notifications()).filter(({ type }) => type === "queue_quarantined").length
  const { bad } = await world.queue((queue) => queue.stats)
  return [
    ...faults,
    ...(bad === 1 ? [] : [`${bad} records are in quarantine`]),
    ...(told === 1 ? [] : [`the broken record was told ${told} times`]),
  ]
}

/** A task that names no issue can never be started. */
const refused: Scenario = async (world, trap) => {
  const id = await world.enqueue(1, SHORT)
  const file = path.join(world.home, "queue", "items", `${id}.json`)
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("example.org/ann/app#1", "the app"))
  const faults = await serve(world, trap.env)
  const state = (await world.item(id))?.state
  return state === "error" ? faults : [...faults, `a task that names no issue is ${state}`]
}

const scenarioOf = (point: string): Scenario | null => {
  if (point.startsWith("queue.enqueue.")) return enqueued
  if (point.startsWith("queue.cancel.")) return asked("cancel")
  if (point.startsWith("queue.retry.")) return asked("retry")
  if (point.startsWith("queue.quarantine.")) return broken
  if (point === "queue.release.moved" || point === "daemon.given_back") return givenBack
  if (point.startsWith("lost.")) return orphaned
  if (point === "daemon.refused") return refused
  if (point.startsWith("pull_request.")) return pullRequestOpened
  if (point.startsWith("cleanup.")) return cleanedUp
  if (point.startsWith("quarantine.") || point === "run.misplaced") return leftItsPlace
  // no daemon does these: the queue's own tests kill there
  if (/^queue\.(upgrade|clear)\./.test(point)) return null
  return plain
}

export const crashPoints: ReadonlyArray<string> = [
  ...queueCrashPoints,
  ...sessionCrashPoints,
  ...runCrashPoints,
].filter((point) => scenarioOf(point) !== null)

/** Kills at one point, lets a new daemon carry on, and gives what is wrong then. */
export const crashAt = (point: string): Promise<ReadonlyArray<string>> =>
  World.with(async (world) => {
    const trap = new Trap(world, point)
    const faults = await scenarioOf(point)!(world, trap)
    return [...faults, ...(trap.sprung ? [] : [`nobody came by ${point}`]), ...(await faultsOf(world))]
  })

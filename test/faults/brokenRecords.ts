import * as fs from "node:fs"
import * as path from "node:path"
import { task } from "./cheapOpencode.ts"
import { faultsOf } from "./invariants.ts"
import type { Report } from "./report.ts"
import { end, until, World } from "./world.ts"

const LIMIT_MS = 90_000

/** Works until somebody says go. */
const held = (issue: number) => task(`while [ ! -e ../go.${issue} ]; do sleep 0.05; done`)

/** Makes a record unreadable; gives what mends it. */
const broken = (file: string) => {
  const good = fs.readFileSync(file)
  fs.writeFileSync(file, good.subarray(0, good.length / 2))
  return () => fs.writeFileSync(file, good)
}

/**
 * While no daemon looks, the outcome of one run is cut off, and the session of another issue. What can go on goes on,
 * people are told of both; once somebody has mended them all is as if nothing had been.
 */
export const brokenRecords = (): Promise<Report> =>
  World.with(async (world) => {
    await world.enqueue(1, held(1))
    const behind = await world.enqueue(1, task("sleep 0.1"))
    const other = await world.enqueue(2, held(2))
    const first = world.daemon()
    await world.working(2)
    await end(first)
    const runOf = async (issue: number) =>
      (await world.runs()).find(({ request }) => request.issue_ref?.endsWith(`#${issue}`))!.request.run
    const outcome = path.join(world.home, "runs", await runOf(1), "exit.json")
    const session = path.join(world.home, "sessions", "example.org-ann-app-2.json")
    const mendSession = broken(session)
    for (const issue of [1, 2]) fs.writeFileSync(path.join(world.home, "worktrees", `go.${issue}`), "")
    const ended = await until(async () => (await world.runs()).every(({ exit }) => exit !== null), LIMIT_MS)
    const mendOutcome = broken(outcome)

    const beside = await world.enqueue(3, task("sleep 0.1"))
    const second = world.daemon()
    const wentOn = await until(async () => {
      const states = await Promise.all([other, beside].map(async (id) => (await world.item(id))?.state))
      return states.every((state) => state === "completed")
    }, LIMIT_MS)
    const toldOf = async (file: string) =>
      (await world.notifications()).filter(
        ({ message, type }) => type === "record_unreadable" && message.includes(file),
      )
    const told = async () => (await Promise.all([outcome, session].map(toldOf))).map(({ length }) => length)
    await until(async () => (await told()).every((times) => times > 0), LIMIT_MS)
    const waited = (await world.item(behind))?.state === "pending"
    mendSession()
    mendOutcome()
    const settled = await world.settled(LIMIT_MS)
    await end(second, "SIGTERM")
    const times = await told()
    return {
      name: "broken records of a run and of a session",
      counts: { broken: 2, told: times.reduce((sum, n) => sum + n, 0) },
      faults: [
        ...(ended ? [] : ["the agents did not end in time"]),
        ...(wentOn ? [] : ["what could go on did not"]),
        ...(waited ? [] : ["the task behind a run of which nobody knows was started"]),
        ...(times.every((n) => n === 1) ? [] : [`the broken records were told ${times.join(" and ")} times`]),
        ...(settled ? [] : ["not everything was settled in time after the mending"]),
        ...(await faultsOf(world)),
      ],
    }
  })

import { task } from "./cheapOpencode.ts"
import { faultsOf } from "./invariants.ts"
import type { Report } from "./report.ts"
import { end, killIfThere, until, World } from "./world.ts"
import * as fs from "node:fs"
import * as path from "node:path"

const LIMIT_MS = 90_000

/** Works for a minute the first time, and is done at once when it is told the same again. */
const longOnce = (issue: number) => task(`[ -e ../once.${issue} ] || { : >../once.${issue}; sleep 60; }; sleep 0.1`)

/** Three agents at work, and five more tasks that wait for a slot. */
const threeOfEight = async (world: World) => {
  for (let issue = 1; issue <= 8; issue++) await world.enqueue(issue, issue <= 3 ? longOnce(issue) : task("sleep 0.1"))
  const daemon = world.daemon()
  await world.working(3)
  return { daemon, runs: await world.runs() }
}

/** The daemon and all supervisors are killed at once, and their agents left alone. */
export const allKilled = (): Promise<Report> =>
  World.with(async (world) => {
    const { daemon, runs } = await threeOfEight(world)
    const killed = (await world.supervisors()).filter(({ pid }) => killIfThere(pid, "SIGKILL")).length
    await end(daemon)
    const from = performance.now()
    const next = world.daemon()
    const before = new Set(runs.map(({ request }) => request.run))
    const recorded = await until(
      async () => (await world.runs()).every(({ exit, request }) => exit !== null || !before.has(request.run)),
      LIMIT_MS,
    )
    const milliseconds = Math.round(performance.now() - from)
    const settled = await world.settled(LIMIT_MS)
    await end(next, "SIGTERM")
    return {
      name: "daemon and all supervisors killed",
      counts: { "supervisors killed": killed, "ms from restart to settled": milliseconds },
      faults: [
        ...(killed === 3 ? [] : [`${killed} supervisors were killed, not 3`]),
        ...(recorded && settled ? [] : ["not everything was settled in time"]),
        ...(await faultsOf(world)),
      ],
    }
  })

/** Every record of a process names the boot it lived in; here it was another one. */
const asOfAnotherBoot = (home: string): void => {
  const records = [
    ...new Bun.Glob("runs/*/{supervisor,started,agent}.json").scanSync({ cwd: home }),
    "queue/daemon.json",
  ]
  for (const record of records) {
    const file = path.join(home, record)
    const boot = "00000000-0000-4000-8000-000000000000"
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll(/"boot":\s*"[^"]*"/g, `"boot":"${boot}"`))
  }
}

/** Everything dies at once, and what is on disk is of an earlier boot. */
export const rebooted = (): Promise<Report> =>
  World.with(async (world) => {
    const { daemon } = await threeOfEight(world)
    await until(() => {
      for (const { pid } of world.leftovers()) killIfThere(pid, "SIGKILL")
      return world.leftovers().length === 0
    }, LIMIT_MS)
    await daemon.exited
    asOfAnotherBoot(world.home)
    const next = world.daemon()
    const settled = await world.settled(LIMIT_MS)
    await end(next, "SIGTERM")
    const starts = world.opencode.starts()
    const items = await world.items()
    const sessionsOf = (issue: string) => starts.filter((start) => start.issue === issue).map(({ session }) => session)
    const issues = [...new Set(starts.map(({ issue }) => issue))]
    const twice = issues.filter((issue) => sessionsOf(issue).length === 2)
    return {
      name: "reboot with 3 running and 5 queued",
      counts: { completed: items.filter(({ state }) => state === "completed").length, continued: twice.length },
      faults: [
        ...(settled ? [] : ["not everything was settled in time"]),
        ...items
          .filter(({ state }) => state !== "completed")
          .map(({ error, id }) => `${id} was not completed: ${error}`),
        ...items.filter(({ attempts }) => attempts > 1).map(({ id }) => `${id} lost an attempt`),
        ...(twice.length === 3 ? [] : [`${twice.length} issues were continued, not 3`]),
        ...issues
          .filter((issue) => new Set(sessionsOf(issue)).size !== 1)
          .map((issue) => `${issue} went on in another session`),
        ...(await faultsOf(world)),
      ],
    }
  })

import { parseArgs } from "node:util"
import { brokenRecords } from "./brokenRecords.ts"
import { chaos } from "./chaos.ts"
import { deadlineWithoutDaemon, hungSupervisor, silent } from "./clocks.ts"
import { crashAt, crashPoints } from "./crashPoints.ts"
import { deletedQueue, fullDisk, readOnlyHome } from "./disk.ts"
import { canMount } from "../kit/mounts.ts"
import { badFiles, manyWriters, twoDaemons } from "./queueFaults.ts"
import { allKilled, rebooted } from "./recovery.ts"
import { lineOf, type Report } from "./report.ts"

// The fault suite in its long form. `--seed N` does the chaos of one seed again, and nothing else.

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "20" },
    items: { type: "string", default: "40" },
    lanes: { type: "string", default: "3" },
  },
})
const items = Number(values.items)

type Job = () => Promise<Report>

const atPoint =
  (point: string): Job =>
  async () => ({ name: `killed at ${point}`, counts: { kill: 1 }, faults: await crashAt(point) })

const skipped = (name: string): Job => {
  process.stderr.write(`SKIPPED ${name}: no file system can be mounted here (needs root)\n`)
  return async () => ({ name: `${name} (skipped)`, counts: {}, faults: [] })
}

const everything = (): ReadonlyArray<Job> => [
  () => manyWriters(1000),
  ...Array.from({ length: Number(values.seeds) }, (_, n) => () => chaos(n + 1, items)),
  ...crashPoints.map(atPoint),
  () => hungSupervisor(60_000),
  silent,
  deadlineWithoutDaemon,
  badFiles,
  brokenRecords,
  rebooted,
  deletedQueue,
  ...(canMount ? [fullDisk, readOnlyHome] : [skipped("full disk"), skipped("read-only home")]),
]

/** What is measured, or wants the start of two at an instant, has the machine for itself. */
const alone: ReadonlyArray<Job> = [() => twoDaemons(50), allKilled]

const reports: Array<Report> = []
const work = async (jobs: Array<Job>): Promise<void> => {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const report = await job().catch((cause: unknown): Report => ({
      name: "broken",
      counts: {},
      faults: [String(cause)],
    }))
    reports.push(report)
    process.stdout.write(`${lineOf(report)}\n`)
  }
}

const sumOf = (what: string) => reports.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0)

const from = performance.now()
if (values.seed !== undefined) await work([() => chaos(Number(values.seed), items)])
else {
  const jobs = [...everything()]
  await Promise.all(Array.from({ length: Number(values.lanes) }, () => work(jobs)))
  await work([...alone])
}
const bad = reports.filter(({ faults }) => faults.length > 0).length
process.stdout.write(
  `${reports.length - bad} experiments passed, ${bad} failed, in ${Math.round((performance.now() - from) / 1000)} s: ` +
    `${sumOf("daemon kills")} daemon kills, ${sumOf("supervisor kills")} supervisor kills and ${sumOf("stops")} stops in ` +
    `chaos, ${sumOf("kill")} kills at crash points\n`,
)
process.exit(bad === 0 ? 0 : 1)

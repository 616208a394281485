import { isAlive } from "@kugetsu/core/system/ProcessTable"
import type { RunRecord } from "@kugetsu/core/Runs"
import * as fs from "node:fs"

/** One look at one process. */
export interface Sample {
  /** Milliseconds since the soak began. */
  readonly at: number
  readonly pid: number
  readonly rssMb: number
  readonly descriptors: number
}

export interface Samples {
  readonly daemon: Array<Sample>
  /** Of runs that are over soon: every look at any of them. */
  readonly supervisors: Array<Sample>
  /** Of the run that lasts as long as the soak. */
  readonly longest: Array<Sample>
  /** How many agents worked at each look. */
  readonly agents: Array<number>
  /** Looks at which two runs of one issue went on. */
  readonly overlaps: Array<string>
}

export const noSamples = (): Samples => ({ daemon: [], supervisors: [], longest: [], agents: [], overlaps: [] })

/** Looks at the daemon and at every run that goes on. */
export const sample = (
  samples: Samples,
  at: number,
  daemon: number,
  runs: ReadonlyArray<RunRecord>,
  longest: string | null,
): void => {
  push(samples.daemon, at, daemon)
  const going = runs.filter(
    ({ exit, supervisor }) => exit === null && supervisor !== null && isAlive(supervisor.supervisor),
  )
  for (const { request, supervisor } of going) {
    push(request.item === longest ? samples.longest : samples.supervisors, at, supervisor!.supervisor.pid)
  }
  samples.agents.push(going.filter(({ agent }) => agent !== null && isAlive(agent.agent)).length)
  const refs = going.map(({ request }) => request.issue_ref ?? "")
  for (const ref of new Set(refs.filter((one, index) => refs.indexOf(one) !== index))) samples.overlaps.push(ref)
}

const push = (into: Array<Sample>, at: number, pid: number): void => {
  try {
    const kb = /^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
    if (kb === undefined) return
    into.push({ at, pid, rssMb: Number(kb) / 1024, descriptors: fs.readdirSync(`/proc/${pid}/fd`).length })
  } catch {
    // it has ended since it was listed
  }
}

/** Living processes that carry the place of a home in their environment, this one left out. */
export const processesOf = (home: string): ReadonlyArray<string> =>
  fs.readdirSync("/proc").flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    try {
      if (!fs.readFileSync(`/proc/${pid}/environ`).includes(home)) return []
      return [`${pid} ${fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 100)}`]
    } catch {
      return [] // it has gone, or is another's
    }
  })

import { Effect } from "effect"
import * as fs from "node:fs"
import type { ProcessIdentity } from "../domain/ProcessIdentity.ts"
import { reap } from "./Native.ts"

/** Clock ticks a second, as Linux reports them to user space on every architecture kugetsu runs on. */
const TICKS_PER_SECOND = 100

const readOrNull = (file: string): string | null => {
  try {
    return fs.readFileSync(file, "latin1")
  } catch {
    return null // the process has gone, or is not ours to look at
  }
}

let boot: string | undefined
export const bootId = (): string => (boot ??= fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim())

interface Stat {
  readonly state: string
  readonly parent: number
  readonly start: string
  /** Its own CPU time, milliseconds. */
  readonly cpuMs: number
  /** That of the children it reaped, and of those they reaped. */
  readonly reapedMs: number
}

/** proc_pid_stat(5). The command name may hold blanks and parentheses: fields count from the last `)`. */
const statOf = (pid: number): Stat | null => {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  const milliseconds = (first: number) =>
    ((Number(fields[first]) + Number(fields[first + 1])) * 1000) / TICKS_PER_SECOND
  return {
    state: fields[0] ?? "X",
    parent: Number(fields[1]),
    start: fields[19] ?? "",
    cpuMs: milliseconds(11),
    reapedMs: milliseconds(13),
  }
}

const isRunning = (stat: Stat | null): stat is Stat => stat !== null && stat.state !== "Z" && stat.state !== "X"

const allPids = (): ReadonlyArray<number> =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/** null when there is no such process, or only its zombie. */
export const identityOf = (pid: number): ProcessIdentity | null => {
  const stat = statOf(pid)
  return isRunning(stat) ? { pid, start: stat.start, boot: bootId() } : null
}

/** Whether that very process still runs; a reused pid, a zombie and an earlier boot are not it. */
export const isAlive = (identity: ProcessIdentity): boolean =>
  identity.boot === bootId() && identityOf(identity.pid)?.start === identity.start

/** Signals that very process; false when it is gone. */
export const signal = (identity: ProcessIdentity, name: NodeJS.Signals): boolean =>
  isAlive(identity) && kill(identity.pid, name)

const kill = (pid: number, name: NodeJS.Signals): boolean => {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false // it ended first
  }
}

const childrenOf = (pid: number): ReadonlyArray<number> => {
  const tasks = (() => {
    try {
      return fs.readdirSync(`/proc/${pid}/task`)
    } catch {
      return []
    }
  })()
  return tasks.flatMap((task) =>
    (readOrNull(`/proc/${pid}/task/${task}/children`) ?? "").split(" ").filter(Boolean).map(Number),
  )
}

/** Every descendant of a process, those included that ended and were not reaped yet. */
const allBelow = (root: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  const open = [root]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const children = childrenOf(pid)
    open.push(...children)
    found.push(...children)
  }
  return found
}

/** Every living descendant of a process, itself not included. */
export const descendantsOf = (root: number): ReadonlyArray<number> =>
  allBelow(root).filter((pid) => isRunning(statOf(pid)))

/** Every living process whose environment carries `name=value`, whatever its session, group or parent. */
export const carriersOf = (name: string, value: string): ReadonlyArray<number> => {
  const entry = `\0${name}=${value}\0`
  return allPids().filter(
    (pid) =>
      pid !== process.pid && `\0${readOrNull(`/proc/${pid}/environ`) ?? ""}`.includes(entry) && isRunning(statOf(pid)),
  )
}

/** The control group of a process, as the unified hierarchy names it; null: it has gone, or there are no such groups. */
export const cgroupOf = (pid: number): string | null =>
  /^0::(.*)$/m.exec(readOrNull(`/proc/${pid}/cgroup`) ?? "")?.[1] ?? null

/** A variable in a process's environment; null: it is not set, the process has gone, or is not ours to look at. */
export const variableOf = (pid: number, name: string): string | null =>
  (readOrNull(`/proc/${pid}/environ`) ?? "")
    .split("\0")
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? null

/**
 * CPU milliseconds used so far by everything below a process, ended children included: what one used counts once, for
 * its parent has it from the moment it is reaped.
 */
export const cpuBelow = (root: number): number =>
  allBelow(root)
    .map(statOf)
    .filter((stat) => stat !== null)
    .reduce((sum, { cpuMs, reapedMs }) => sum + cpuMs + reapedMs, statOf(root)?.reapedMs ?? 0)

/** Makes the kernel choose this process, and what it starts, before others when memory runs out. */
export const offerToOomKiller = (pid: number): void => {
  try {
    fs.writeFileSync(`/proc/${pid}/oom_score_adj`, "500")
  } catch {
    // gone already, or not permitted: a wish, not a guard
  }
}

/** Reaps ended children of this process, which were adopted: all but the one that the runtime itself waits for. */
export const reapOrphans = (self: number, waitedFor: number | null): void => {
  for (const pid of childrenOf(self)) if (pid !== waitedFor) reap(pid)
}

export interface SweepTarget {
  /** The environment entry that every process of the run carries. */
  readonly token: { readonly name: string; readonly value: string }
  /** Also everything below this process: catches what dropped its environment. null: no such root. */
  readonly below: number | null
  /** The child the runtime itself waits for: it must not be reaped here. */
  readonly waitedFor: number | null
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number
}

const ROUND_MS = 20
const KILL_ROUNDS = 250

/**
 * Ends every process of a run: TERM, grace, then KILL until none is left. Gives back the pids that outlived even that
 * (stuck in the kernel).
 */
export const sweep = Effect.fn("ProcessTable.sweep")(function* (target: SweepTarget) {
  const left = (): ReadonlyArray<number> => {
    const below = target.below === null ? [] : descendantsOf(target.below)
    if (target.below === process.pid) reapOrphans(target.below, target.waitedFor)
    return [...new Set([...carriersOf(target.token.name, target.token.value), ...below])]
  }
  for (const pid of left()) kill(pid, "SIGTERM")
  for (let waited = 0; waited < target.graceMs && left().length > 0; waited += ROUND_MS) yield* Effect.sleep(ROUND_MS)
  // a process shows no environment for the moment in which it becomes another program: none is none twice
  for (let round = 0, none = 0; round < KILL_ROUNDS; round++) {
    const pids = left()
    none = pids.length === 0 ? none + 1 : 0
    if (none === 2) return []
    for (const pid of pids) kill(pid, "SIGKILL")
    yield* Effect.sleep(ROUND_MS)
  }
  return left()
})

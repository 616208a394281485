import { Effect } from "effect"
import type { ProcessIdentity } from "../domain/ProcessIdentity.ts"
import { reap } from "./Native.ts"
import { procFiles } from "./procFiles.ts"
import type { ProcessSource, ProcessState } from "./ProcessSource.ts"
import { psProcesses } from "./psProcesses.ts"

/** Where kugetsu asks which system it is on, as far as processes go. */
const source: ProcessSource = process.platform === "linux" ? procFiles : psProcesses

export const bootId = (): string => source.boot()

const stateOf = (pid: number): ProcessState | null => source.statesOf([pid])[0] ?? null

const running = (pids: ReadonlyArray<number>): ReadonlyArray<number> =>
  source
    .statesOf(pids)
    .filter(({ isRunning }) => isRunning)
    .map(({ pid }) => pid)

/** null when there is no such process, or only its zombie. */
export const identityOf = (pid: number): ProcessIdentity | null => {
  const state = stateOf(pid)
  return state?.isRunning === true ? { pid, start: state.start, boot: bootId() } : null
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

/** Every living descendant of a process, itself not included. */
export const descendantsOf = (root: number): ReadonlyArray<number> => running(source.below(root))

/** Every living process whose environment carries `name=value`, whatever its session, group or parent. */
export const carriersOf = (name: string, value: string): ReadonlyArray<number> =>
  running(source.carriersOf(name, value).filter((pid) => pid !== process.pid))

/** A variable in a process's environment; null: it is not set, the process has gone, or is not ours to look at. */
export const variableOf = (pid: number, name: string): string | null => source.variableOf(pid, name)

/**
 * CPU milliseconds used so far by everything below a process, ended children included: what one used counts once, for
 * its parent has it from the moment it is reaped.
 */
export const cpuBelow = (root: number): number =>
  source
    .statesOf(source.below(root))
    .reduce((sum, { cpuMs, reapedMs }) => sum + cpuMs + reapedMs, stateOf(root)?.reapedMs ?? 0)

/** Reaps ended children of this process, which were adopted: all but the one that the runtime itself waits for. */
export const reapOrphans = (self: number, waitedFor: number | null): void => {
  for (const pid of source.childrenOf(self)) if (pid !== waitedFor) reap(pid)
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

/** A process at one moment. */
export interface ProcessState {
  readonly pid: number
  readonly parent: number
  /** False for a zombie. */
  readonly isRunning: boolean
  /** When it was started, in the words of its system: two processes of one pid differ in it. */
  readonly start: string
  /** Its own CPU time, milliseconds. */
  readonly cpuMs: number
  /** That of the children it reaped, and of those they reaped; 0 where the system does not tell. */
  readonly reapedMs: number
}

/** What a system tells of its processes. What has gone, or is not ours to look at, is left out. */
export interface ProcessSource {
  /** Tells one boot of the machine from the next. */
  readonly boot: () => string
  readonly statesOf: (pids: ReadonlyArray<number>) => ReadonlyArray<ProcessState>
  readonly childrenOf: (pid: number) => ReadonlyArray<number>
  /** Every descendant, those included that ended and were not reaped yet. */
  readonly below: (root: number) => ReadonlyArray<number>
  /** Those whose environment has `name=value`. */
  readonly carriersOf: (name: string, value: string) => ReadonlyArray<number>
  readonly variableOf: (pid: number, name: string) => string | null
}

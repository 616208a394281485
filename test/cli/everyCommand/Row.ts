import type { BrokenRecord } from "./homes.ts"

/** What one command does in each of the homes. */
export interface Row {
  /** The words after the command's name, between blanks. */
  readonly words?: string
  /** Exit code where there is no home, or nothing in it. */
  readonly empty: number
  /** In a home of the first kugetsu. */
  readonly first: number
  /** In a home that has every kind of record. */
  readonly whole: number
  /** In that home when nothing can be written into it; left out: as in `whole`. Whoever reads the queue locks it. */
  readonly readOnly?: number
  /** The records that it cannot do without, and the exit code when that one is broken. All others may be broken at once. */
  readonly needs?: Partial<Record<BrokenRecord, number>>
  /** Files and directories that it may change; left out: it only reads. */
  readonly changes?: ReadonlyArray<string>
  /** Of these, files that are old and over, which it may forget. */
  readonly forgets?: ReadonlyArray<string>
  /** Exit code when its answer cannot be written; left out: 74. What failed before it had one keeps its own. */
  readonly full?: number
  /** Exit code with 100,000 characters as its last word, or as one too many; left out: 64. */
  readonly long?: number
  /** It has no answer, not even with --json. */
  readonly silent?: true
  /** With --json it goes on until it is told to end; it is called without. */
  readonly follows?: true
  /** It ends when it is told to, once it has said this on standard error. */
  readonly until?: string
  /** The command that ends what it leaves running. */
  readonly ends?: string
}

import { Schema } from "effect"

/** Exit codes of the command line; documented once, in README.md. */
export const ExitCode = {
  done: 0,
  failed: 1,
  limitReached: 2,
  usage: 64,
  unavailable: 69,
  refused: 73,
  home: 74,
  busy: 75,
  config: 78,
  interrupted: 130,
} as const

/**
 * What every error that can reach a person carries beside its facts: one sentence that says what is wrong (`message`),
 * one that says what to do (`remedy`), and the exit code.
 */
export interface Failure {
  readonly _tag: string
  readonly message: string
  readonly remedy: string
  readonly code: number
}

/** A failure as it is written into records and printed by `--json`. */
export const FailureRecord = Schema.Struct({
  error: Schema.String,
  message: Schema.String,
  remedy: Schema.String,
  code: Schema.Int,
})
export type FailureRecord = typeof FailureRecord.Type

export const isFailure = (u: unknown): u is Failure =>
  typeof u === "object" && u !== null && "_tag" in u && "message" in u && "remedy" in u && "code" in u

export const toRecord = (failure: Failure): FailureRecord => ({
  error: failure._tag,
  message: failure.message,
  remedy: failure.remedy,
  code: failure.code,
})

import { Effect } from "effect"
import type { Failure } from "../domain/Failure.ts"
import { type Finding, fixed, problem } from "../domain/Finding.ts"

/** What a check may change. Without either it writes nothing at all. */
export interface Treatment {
  /** Repair what can be repaired without losing anything. */
  readonly fix: boolean
  /** Set the permission lists of the kept sessions. */
  readonly fixPermissions: boolean
}

export type Check<R> = (treatment: Treatment) => Effect.Effect<ReadonlyArray<Finding>, Failure, R>

export interface Ailment {
  readonly subject: string
  readonly found: string
  readonly remedy: string
}

/** Repairs it when that is wanted, and says what came of it. `repair` gives what was done. */
export const treat = <R>(
  { fix }: Treatment,
  { found, remedy, subject }: Ailment,
  repair: Effect.Effect<string, Failure, R>,
): Effect.Effect<Finding, never, R> =>
  fix
    ? repair.pipe(
        Effect.map((done) => fixed(subject, found, done)),
        Effect.catch((failure) =>
          Effect.succeed(problem(subject, `${found}; it was not repaired: ${failure.message}`, failure.remedy)),
        ),
      )
    : Effect.succeed(problem(subject, found, remedy))

export const withFix = (what: string): string => `kugetsu doctor --fix ${what}.`

/** A look that may fail; what it fails with is a finding about its subject, and hides no other. */
export const looking = <R>(
  subject: string,
  look: Effect.Effect<ReadonlyArray<Finding>, Failure, R>,
): Effect.Effect<ReadonlyArray<Finding>, never, R> =>
  Effect.catch(look, ({ message, remedy }) => Effect.succeed([problem(subject, message, remedy)]))

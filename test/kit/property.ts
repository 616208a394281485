import { expect } from "bun:test"
import { Arbitrary, Effect } from "effect"

/** Checks a property over generated values; the failure names a small counterexample and how to replay it. */
export const holdsForAll = async <A, E>(
  arbitrary: Arbitrary.Arbitrary<A>,
  property: (value: A) => boolean | Effect.Effect<boolean, E>,
  options?: Arbitrary.CheckOptions,
): Promise<void> => {
  const result = await Effect.runPromise(Arbitrary.checkEffect(arbitrary, property, options))
  expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
}

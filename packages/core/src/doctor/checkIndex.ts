import { Effect, Option } from "effect"
import { well } from "../domain/Finding.ts"
import { sessionFiles } from "../SessionFiles.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { acquire } from "../system/Lock.ts"
import { treat, type Treatment, withFix } from "./Treatment.ts"

/** index.json against the session files, which are right. */
export const checkIndex = Effect.fn("checkIndex")(function* (treatment: Treatment) {
  const home = yield* KugetsuHome
  const files = sessionFiles(home)
  if (Option.isNone(yield* files.overdueIndex(yield* files.readAll))) {
    return (yield* files.hasIndex) ? [well(home.index, "it agrees with the session files")] : []
  }
  const isUnderstood = Option.isSome(yield* files.index)
  const found = isUnderstood
    ? "it does not agree with the session files"
    : (yield* files.hasIndex)
      ? "it cannot be understood"
      : "it is not there"
  const mend = Effect.scoped(Effect.andThen(acquire(files.lock, { waitMs: 10_000 }), files.mendIndex))
  return [
    yield* treat(
      treatment,
      { subject: home.index, found, remedy: withFix("makes it from the session files") },
      Effect.as(mend, "it was made from the session files"),
    ),
  ]
})

import { Effect, Option } from "effect"
import { isRunId } from "./domain/Run.ts"
import type { Session } from "./domain/Session.ts"
import { Runs } from "./Runs.ts"

/** The commits that the newest run of an issue saw its worktree on, the newest first; none when the run was cleaned up. */
export const commitsSeen = Effect.fn("commitsSeen")(function* ({ run }: Session) {
  if (run === null || !isRunId(run)) return []
  const found = yield* (yield* Runs).find(run).pipe(
    Effect.map(Option.getOrNull),
    // nobody may need it
    Effect.catch(({ message }) => Effect.as(Effect.logWarning(message), null)),
  )
  return [found?.exit?.work?.commits.at(-1)?.sha, found?.started?.head].flatMap((commit) => commit ?? [])
})

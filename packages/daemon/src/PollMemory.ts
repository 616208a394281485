import { noPolls, Polls } from "@kugetsu/core/domain/Polls"
import { ensureDirectory } from "@kugetsu/core/system/Files"
import { jsonFile } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { putAside } from "./putAside.ts"

const record = jsonFile(Polls)

/**
 * What the daemon remembers of pull requests. A memory that cannot be read is put aside and told of: without it nothing is
 * lost but that times of grace begin anew, and with it no worktree would ever go.
 */
export const loadPolls = Effect.gen(function* () {
  const { polls: file } = (yield* KugetsuHome).queue
  const found = yield* record
    .find(file)
    .pipe(
      Effect.catchTag("RecordUnreadable", (unreadable) =>
        Effect.as(putAside(unreadable, "nothing needs it: the times of grace of worktrees begin anew"), Option.none()),
      ),
    )
  return Option.getOrElse(found, () => noPolls)
}).pipe(Effect.withSpan("PollMemory.load"))

export const keepPolls = Effect.fn("PollMemory.keep")(function* (polls: Polls) {
  const { dir, polls: file } = (yield* KugetsuHome).queue
  yield* ensureDirectory(dir)
  yield* record.replace(file, polls)
})

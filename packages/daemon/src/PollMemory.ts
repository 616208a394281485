import { noPolls, Polls } from "@kugetsu/core/domain/Polls"
import { ensureDirectory, exists, type HomeUnusable, moveAway } from "@kugetsu/core/system/Files"
import { jsonFile, type RecordUnreadable } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { tell } from "./announce.ts"

const record = jsonFile(Polls)

/**
 * What the daemon remembers of pull requests. A memory that cannot be read is put aside and told of: without it nothing is
 * lost but that times of grace begin anew, and with it no worktree would ever go.
 */
export const loadPolls = Effect.gen(function* () {
  const { polls: file } = (yield* KugetsuHome).queue
  const found = yield* record.find(file).pipe(Effect.catchTag("RecordUnreadable", putAside))
  return Option.getOrElse(found, () => noPolls)
}).pipe(Effect.withSpan("PollMemory.load"))

export const keepPolls = Effect.fn("PollMemory.keep")(function* (polls: Polls) {
  const { dir, polls: file } = (yield* KugetsuHome).queue
  yield* ensureDirectory(dir)
  yield* record.replace(file, polls)
})

const putAside = Effect.fnUntraced(function* ({ message, path }: RecordUnreadable) {
  const aside = yield* freeName(path)
  yield* moveAway(path, aside)
  yield* tell({
    type: "record_unreadable",
    about: aside,
    message: `${message}. It is now ${aside}, and nothing needs it: the times of grace of worktrees begin anew`,
    issueRef: null,
    url: null,
  })
  return Option.none<Polls>()
})

const freeName = Effect.fnUntraced(function* (file: string): Effect.fn.Return<string, HomeUnusable> {
  for (let n = 1; ; n++) {
    const name = `${file}.unreadable${n === 1 ? "" : `.${n}`}`
    if (!(yield* exists(name))) return name
  }
})

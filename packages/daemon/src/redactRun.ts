import type { RunId } from "@kugetsu/core/domain/Run"
import { redactLines } from "@kugetsu/core/domain/redactLines"
import { redactor, unreadEnvFiles } from "@kugetsu/core/Redactor"
import { noteRedacted } from "@kugetsu/core/RunSecrets"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { rewriteLines } from "@kugetsu/core/system/rewriteLines"
import { Effect, Option } from "effect"
import { tell } from "./announce.ts"

/**
 * Takes the secrets out of what an agent wrote and was given, once none of its processes lives. Until then these files
 * are what opencode wrote, to the letter: through a pipe it would cut its events off. Where it is in vain people are
 * told, and the clean-up tries again.
 */
export const redactRun = Effect.fn("redactRun")(function* (id: RunId) {
  const { events, prompt, stderr } = (yield* KugetsuHome).run(id)
  for (const file of yield* unreadEnvFiles) {
    yield* Effect.logWarning(`${file} cannot be read: what stands in it is not masked in the output of ${id}`)
  }
  const redact = yield* redactor
  yield* Effect.forEach([events, stderr, prompt], (file) => rewriteLines(file, () => redactLines(redact)), {
    discard: true,
  }).pipe(
    Effect.andThen(noteRedacted(id)),
    Effect.catch(({ message }) => tellOf(id, message)),
  )
})

const tellOf = Effect.fnUntraced(function* (id: RunId, reason: string) {
  yield* Effect.logError(`what the agent wrote is kept as it is: ${reason}`)
  const found = yield* Effect.option((yield* Runs).require(id))
  yield* tell({
    type: "output_not_masked",
    about: id,
    message: `its files hold what its agent wrote as it is, secrets too, until the daemon can rewrite them: ${reason}`,
    issueRef: Option.match(found, { onNone: () => null, onSome: ({ request }) => request.issue_ref }),
    url: null,
  })
})

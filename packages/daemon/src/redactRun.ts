import type { RunId } from "@kugetsu/core/domain/Run"
import { redactLines } from "@kugetsu/core/domain/redactLines"
import { redactor } from "@kugetsu/core/Redactor"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { rewriteLines } from "@kugetsu/core/system/rewriteLines"
import { Effect } from "effect"

/**
 * Takes the secrets out of what an agent wrote and was given, once none of its processes lives. Until then these files
 * are what opencode wrote, to the letter: through a pipe it would cut its events off.
 */
export const redactRun = Effect.fn("redactRun")(function* (id: RunId) {
  const { events, prompt, stderr } = (yield* KugetsuHome).run(id)
  const redact = yield* redactor
  yield* Effect.forEach([events, stderr, prompt], (file) => rewriteLines(file, () => redactLines(redact)), {
    discard: true,
  }).pipe(Effect.catch(({ message }) => Effect.logError(`what the agent wrote is kept as it is: ${message}`)))
})

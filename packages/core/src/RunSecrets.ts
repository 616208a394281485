import { Effect, Schema } from "effect"
import type { RunId } from "./domain/Run.ts"
import { secretsAmong } from "./domain/Secret.ts"
import { ensureDirectory, exists, moveAway, removeTree } from "./system/Files.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { jsonFile } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

const secretsFile = jsonFile(Schema.Array(Schema.String))

/**
 * Before an agent starts: keeps what it is given of this process's secrets, for whoever masks its output and was started
 * without them. There as long as any of that output may hold one.
 */
export const keepRunSecrets = Effect.fn("RunSecrets.keep")(function* (
  id: RunId,
  given: Readonly<Record<string, string | undefined>>,
) {
  const home = yield* KugetsuHome
  const values = new Set(Object.values(given))
  yield* ensureDirectory(home.secrets)
  yield* secretsFile.replace(
    home.run(id).secrets,
    secretsAmong(Object.entries(yield* HostEnvironment)).filter((value) => value !== "" && values.has(value)),
  )
})

/** Of one file in `secrets/`; none when it is gone meanwhile. */
export const readRunSecrets = (file: string) => secretsFile.find(file)

/** The run's output has none of them any more. */
export const noteRedacted = Effect.fn("RunSecrets.noteRedacted")(function* (id: RunId) {
  const { secrets, secretsRedacted } = (yield* KugetsuHome).run(id)
  yield* moveAway(secrets, secretsRedacted)
})

/** Whether the run's output still has to be masked. */
export const isUnredacted = Effect.fn("RunSecrets.isUnredacted")(function* (id: RunId) {
  return yield* exists((yield* KugetsuHome).run(id).secrets)
})

/** Nothing is made any more of what the run's agent said. Secrets of output that could not be masked stay. */
export const forgetRunSecrets = Effect.fn("RunSecrets.forget")(function* (id: RunId) {
  yield* removeTree((yield* KugetsuHome).run(id).secretsRedacted)
})

/** The run itself is forgotten. */
export const dropRunSecrets = Effect.fn("RunSecrets.drop")(function* (id: RunId) {
  yield* forgetRunSecrets(id)
  yield* removeTree((yield* KugetsuHome).run(id).secrets)
})

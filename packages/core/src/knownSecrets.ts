import { Effect } from "effect"
import { secretsAmong } from "./domain/Secret.ts"
import { EnvFiles } from "./EnvFiles.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"

/** Every secret that an agent may have seen and repeated: those of all env files, and of this process's environment. */
export const knownSecrets = Effect.gen(function* () {
  const envFiles = yield* EnvFiles
  const files = yield* Effect.forEach(yield* envFiles.list, envFiles.read)
  return [Object.entries(yield* HostEnvironment), ...files].flatMap(secretsAmong)
}).pipe(Effect.withSpan("knownSecrets"))

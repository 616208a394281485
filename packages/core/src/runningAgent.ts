import { Effect, Option } from "effect"
import { isRunId, RunRequest } from "./domain/Run.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { jsonFile } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

const requests = jsonFile(RunRequest)

/** Whose run this process was started in; null: in none that is recorded. */
export const runningAgent = Effect.gen(function* () {
  const { KUGETSU_RUN: run } = yield* HostEnvironment
  if (run === undefined || !isRunId(run)) return null
  return Option.match(yield* requests.find((yield* KugetsuHome).run(run).request), {
    onNone: () => null,
    onSome: ({ agent }) => agent,
  })
}).pipe(Effect.withSpan("runningAgent"))

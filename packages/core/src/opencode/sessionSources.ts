import { Effect, Option, Result } from "effect"
import type { Making } from "../Agent.ts"
import type { HomeUnusable } from "../system/Files.ts"
import { RecordUnreadable } from "../system/JsonFile.ts"
import type { AgentPaths } from "../system/KugetsuHome.ts"
import { type Binding, copiedDocument, restoredDocument } from "./ImportDocument.ts"
import { keptFiles, readExport, wholeIn } from "./KeptExport.ts"
import type { SessionExport } from "./SessionExport.ts"

/** Files with exports from outside the place. */
export interface GivenExports {
  readonly base: string | null
  readonly earlier?: string | null
}

export interface SessionSource extends Pick<Making, "from"> {
  readonly file: string
  /** null: there is none. */
  readonly exported: Effect.Effect<SessionExport | null, RecordUnreadable | HomeUnusable>
  readonly bind: (exported: SessionExport, binding: Binding) => SessionExport
}

/** What a session of a place can be made from, the best first. */
export const sessionSources = (
  storage: AgentPaths,
  { base, earlier = null }: GivenExports,
): ReadonlyArray<SessionSource> => [
  ...keptFiles(storage).map(
    (file) => ({ from: "kept", file, exported: wholeIn(file), bind: restoredDocument }) as const,
  ),
  ...given("earlier", earlier, restoredDocument),
  ...given("new", base, copiedDocument),
]

const given = (from: Making["from"], file: string | null, bind: SessionSource["bind"]): ReadonlyArray<SessionSource> =>
  file === null ? [] : [{ from, file, exported: wholeExport(file), bind }]

/** One that is there must be whole: whoever gave it counts on it. */
const wholeExport = Effect.fnUntraced(function* (file: string) {
  const exported = yield* readExport(file)
  if (Option.isNone(exported)) return null
  if (Result.isSuccess(exported.value)) return exported.value.success
  return yield* new RecordUnreadable({ path: file, reason: exported.value.failure })
})

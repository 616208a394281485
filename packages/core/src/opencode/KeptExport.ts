import { Effect, Option, Result, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { attempt, moveAway, readText, replaceFile } from "../system/Files.ts"
import type { AgentPaths } from "../system/KugetsuHome.ts"
import { redactor } from "../Redactor.ts"
import { maskExport } from "./maskExport.ts"
import { parseExport, type SessionExport, sizeOf } from "./SessionExport.ts"

/** A copy of the conversation has fewer messages than the one that is kept; the kept one stays. */
export class ExportShrunk extends Schema.TaggedError<ExportShrunk>()("ExportShrunk", {
  path: Schema.String,
  kept: Schema.Int,
  found: Schema.Int,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `the conversation has ${this.found} messages now, and its kept copy ${this.path} has ${this.kept}`
  }
  get remedy() {
    return "The kept copy was left as it is. The session is used as it stands."
  }
}

const previousOf = (storage: AgentPaths) => path.join(storage.dir, "export.previous.json")

/** The kept copy, else the one before it; None when neither is there and whole. */
export const findKept = Effect.fn("KeptExport.find")(function* (storage: AgentPaths) {
  for (const file of keptFiles(storage)) {
    const found = yield* wholeIn(file)
    if (found !== null) return Option.some(found)
  }
  return Option.none<SessionExport>()
})

/** The kept copy, and the one before it. */
export const keptFiles = (storage: AgentPaths) => [storage.export, previousOf(storage)] as const

/** What a file of kept conversation has; null: it is not there, or not whole. */
export const wholeIn = Effect.fn("KeptExport.wholeIn")(function* (file: string) {
  const found = yield* readExport(file)
  if (Option.isNone(found)) return null
  if (Result.isSuccess(found.value)) return found.value.success
  yield* Effect.logWarning(`${file} cannot be used: ${found.value.failure}`)
  return null
})

/** None when there is no such file. */
export const readExport = (file: string) => Effect.map(readText(file), Option.map(parseExport))

/** Makes a whole export the kept copy, without the secrets in it that are known. */
export const keepExport = Effect.fn("KeptExport.keep")(function* (storage: AgentPaths, exported: SessionExport) {
  const redact = yield* redactor
  const kept = Option.map(yield* findKept(storage), sizeOf)
  const found = sizeOf(exported).messages
  if (Option.isSome(kept) && kept.value.messages > found) {
    return yield* new ExportShrunk({ path: storage.export, kept: kept.value.messages, found })
  }
  const current = yield* readExport(storage.export)
  // a broken copy must not push out a whole one
  if (Option.isSome(current) && Result.isSuccess(current.value)) yield* moveAway(storage.export, previousOf(storage))
  yield* replaceFile(storage.export, JSON.stringify(maskExport(exported, redact)))
})

/** The copies go along to a new private directory; what opencode refused no longer as what a session is made from. */
export const copyKept = (from: AgentPaths, to: AgentPaths, refused: ReadonlySet<string>) =>
  Effect.forEach(
    keptFiles(from),
    (source) =>
      attempt("copy", source, () => {
        const name = path.basename(source)
        const target = path.join(to.dir, refused.has(source) ? name.replace(/json$/, "refused.json") : name)
        if (fs.existsSync(source)) fs.copyFileSync(source, target)
      }),
    { discard: true },
  )

import { Effect, Option } from "effect"
import * as path from "node:path"
import { type HomeUnusable, readText } from "../system/Files.ts"
import { RecordUnreadable } from "../system/JsonFile.ts"

/** What a HEAD file says. */
export type HeadFile =
  | { readonly _tag: "Branch"; readonly branch: string }
  | { readonly _tag: "Detached"; readonly sha: string }

/** HEAD of a git directory, read without git: also where the tree is gone. */
export const readHead = Effect.fn("removal.readHead")(function* (
  gitDirectory: string,
): Effect.fn.Return<HeadFile, RecordUnreadable | HomeUnusable> {
  const file = path.join(gitDirectory, "HEAD")
  const head = Option.getOrElse(yield* readText(file), () => "").trim()
  const branch = /^ref: refs\/heads\/(.+)$/.exec(head)?.[1]
  if (branch !== undefined) return { _tag: "Branch", branch }
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(head)) return { _tag: "Detached", sha: head }
  return yield* new RecordUnreadable({ path: file, reason: "it names neither a branch nor a commit" })
})

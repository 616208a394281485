import { Effect, Option, Result, Schema } from "effect"
import * as path from "node:path"
import type { AgentPlace, Making } from "../Agent.ts"
import { parseIssueRef } from "../domain/IssueRef.ts"
import { jsonFile } from "../system/JsonFile.ts"
import type { AgentPaths } from "../system/KugetsuHome.ts"

/** `agents/NAME/owner.json`: whose the private storage is, and the session that was made in it. */
const StorageMark = Schema.Struct({
  version: Schema.Literal(1),
  owner: Schema.String,
  session: Schema.String,
  /** What the session was bound to. */
  directory: Schema.String,
  /** What it was made from, how many messages that had, and what opencode refused before. */
  made: Schema.optionalKey(
    Schema.Struct({
      from: Schema.Literals(["kept", "earlier", "new"]),
      messages: Schema.Int,
      refused: Schema.Array(Schema.String),
    }),
  ),
})
type StorageMark = typeof StorageMark.Type

const file = jsonFile(StorageMark)

const markFile = ({ dir }: AgentPaths) => path.join(dir, "owner.json")

/** Null: there is none. One that cannot be read is an error: nothing may be started on a guess. */
export const storageMarkOf = (storage: AgentPaths) => Effect.map(file.find(markFile(storage)), Option.getOrNull)

/** Writes the mark unless it is there. */
export const markStorage = Effect.fn("StorageMark.mark")(function* (
  storage: AgentPaths,
  mark: Omit<StorageMark, "version">,
) {
  const before = yield* storageMarkOf(storage)
  const isThere = before?.owner === mark.owner && before.session === mark.session && before.directory === mark.directory
  if (!isThere) yield* file.replace(markFile(storage), { version: 1, ...mark })
})

/** How a session was made that has so many messages; null once anything was said in it since, and where nobody noted it. */
export const untoldMaking = (mark: StorageMark | null, session: string, messages: number): Making | null => {
  const made = mark?.session === session ? mark.made : undefined
  return made === undefined || messages > made.messages ? null : { from: made.from, refused: made.refused }
}

/** An issue's session is called by its ref; base and PM are known by their names. */
export const ownerOf = ({ name, title }: Pick<AgentPlace, "name" | "title">): string =>
  Result.isSuccess(parseIssueRef(title)) ? title : name

import { Effect } from "effect"
import * as path from "node:path"
import type { Earlier, EarlierPlace } from "../Agent.ts"
import { ensureDirectory, removeTree, replaceFile, temporaryDirectoryIn } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import type { OpencodeCall } from "./OpencodeCall.ts"
import {
  copyDatabase,
  directoryIn,
  personDatabases,
  personStorage,
  type PersonStorageUnreadable,
} from "./PersonStorage.ts"
import { exportSession } from "./transferSession.ts"

export interface EarlierRequest {
  readonly session: string
  /** The session that others were forked from; null: none is known. */
  readonly base: string | null
  /** Where the export goes. */
  readonly file: string
  /** Why a session in such a place must stay where it is; null: it may come. */
  readonly objection: (found: EarlierPlace) => Effect.Effect<string | null>
}

/** See `Agent.exportEarlier`. opencode sees a copy of the database, which it may change as it likes. */
export const exportEarlier = Effect.fn("exportEarlier")(function* (
  call: OpencodeCall,
  name: string,
  env: Readonly<Record<string, string>>,
  { base, file, objection, session }: EarlierRequest,
) {
  const home = yield* KugetsuHome
  yield* ensureDirectory(home.agents)
  const dir = yield* Effect.acquireRelease(temporaryDirectoryIn(home.agents, `.${name}.`), (made) =>
    Effect.ignore(removeTree(made)),
  )
  const left = (reason: string): Earlier => ({ _tag: "Left", reason })
  const troubles: Array<string> = []
  const unreadable = ({ message }: PersonStorageUnreadable) => Effect.sync(() => (troubles.push(message), null))
  const databases = yield* Effect.catchTag(personDatabases(env), "PersonStorageUnreadable", unreadable)
  for (const [n, database] of (databases ?? []).entries()) {
    const copy = path.join(dir, `${n}.db`)
    const found = yield* Effect.andThen(
      copyDatabase(database, copy, env),
      Effect.all({
        directory: directoryIn(copy, database, session),
        baseDirectory: base === null ? Effect.succeed(null) : directoryIn(copy, database, base),
      }),
    ).pipe(Effect.catchTag("PersonStorageUnreadable", unreadable))
    if (found === null || found.directory === null) continue
    const { baseDirectory, directory } = found
    const reason = yield* objection({ directory, baseDirectory })
    if (reason !== null) return left(reason)
    return yield* exportSession(call, home, name, session, copy).pipe(
      Effect.tap(({ text }) => Effect.andThen(ensureDirectory(path.dirname(file)), replaceFile(file, text))),
      Effect.as<Earlier>({ _tag: "Exported", directory }),
      Effect.catchTag("OpencodeFailed", ({ message }) =>
        Effect.succeed(left(`${message} (with a copy of ${database})`)),
      ),
    )
  }
  return left(troubles.length > 0 ? troubles.join("; ") : `it is not in ${personStorage(env)}`)
}, Effect.scoped)

import { Effect } from "effect"
import * as path from "node:path"
import type { Earlier } from "../Agent.ts"
import { ensureDirectory, removeTree, replaceFile, temporaryDirectoryIn } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import type { OpencodeCall } from "./OpencodeCall.ts"
import { copyDatabase, directoryIn, personDatabases, personStorage } from "./PersonStorage.ts"
import { exportSession } from "./transferSession.ts"

export interface EarlierRequest {
  readonly session: string
  /** Where the export goes. */
  readonly file: string
  /** Why a session bound to this directory must stay where it is; null: it may come. */
  readonly objection: (directory: string) => string | null
}

/** See `Agent.exportEarlier`. opencode sees a copy of the database, which it may change as it likes. */
export const exportEarlier = Effect.fn("exportEarlier")(function* (
  call: OpencodeCall,
  name: string,
  env: Readonly<Record<string, string>>,
  { file, objection, session }: EarlierRequest,
) {
  const home = yield* KugetsuHome
  yield* ensureDirectory(home.agents)
  const dir = yield* Effect.acquireRelease(temporaryDirectoryIn(home.agents, `.${name}.`), (made) =>
    Effect.ignore(removeTree(made)),
  )
  const left = (reason: string): Earlier => ({ _tag: "Left", reason })
  const troubles: Array<string> = []
  for (const [n, database] of (yield* personDatabases(env)).entries()) {
    const copy = path.join(dir, `${n}.db`)
    const directory = yield* Effect.andThen(
      copyDatabase(database, copy, env),
      directoryIn(copy, database, session),
    ).pipe(
      Effect.catchTag("PersonStorageUnreadable", ({ message }) => Effect.sync(() => (troubles.push(message), null))),
    )
    if (directory === null) continue
    const reason = objection(directory)
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

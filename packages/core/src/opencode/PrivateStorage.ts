import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, createFile, ensureDirectory, exists, listDirectory, moveAway } from "../system/Files.ts"
import { removeTree, temporaryDirectoryIn } from "../system/Files.ts"
import { type AgentPaths, agentPathsAt, type KugetsuPaths } from "../system/KugetsuHome.ts"
import { discardDatabase } from "../trash/discardDatabase.ts"

/*
 * The private directory of a session is only ever whole: it is made beside its place as `.NAME.xxxxxx`, becomes
 * `.NAME.ready` once it has been checked, and then takes its place. The caller holds the lock.
 */

const readyOf = (home: KugetsuPaths, name: string) => path.join(home.agents, `.${name}.ready`)

/** Finishes, or removes, what a killed process left. */
export const settleStorage = Effect.fn("PrivateStorage.settle")(function* (home: KugetsuPaths, name: string) {
  yield* ensureDirectory(home.agents)
  const prefix = `.${name}.`
  for (const entry of yield* listDirectory(home.agents)) {
    const isUnfinished = entry.startsWith(prefix) && /^[A-Za-z0-9]{6}$/.test(entry.slice(prefix.length))
    if (isUnfinished) yield* removeTree(path.join(home.agents, entry))
  }
  if (yield* exists(readyOf(home, name))) yield* takePlace(home, name)
})

/** A new directory with an empty database, removed with the scope unless it was published. */
export const stagedStorage = (home: KugetsuPaths, name: string) =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const staged = agentPathsAt(yield* temporaryDirectoryIn(home.agents, `.${name}.`))
      // opencode would make it 0644; what SQLite puts beside it gets the same mode
      yield* createFile(staged.database, "")
      return staged
    }),
    (staged) => Effect.ignore(removeTree(staged.dir)),
  )

/** Puts a checked directory into its place; what was there goes to the trash. */
export const publishStorage = Effect.fn("PrivateStorage.publish")(function* (
  home: KugetsuPaths,
  name: string,
  staged: AgentPaths,
) {
  yield* syncFiles(staged.dir)
  yield* moveAway(staged.dir, readyOf(home, name))
  yield* takePlace(home, name)
})

const takePlace = Effect.fnUntraced(function* (home: KugetsuPaths, name: string) {
  yield* discardDatabase(home, name)
  yield* moveAway(readyOf(home, name), home.agent(name).dir)
})

const syncFiles = (dir: string) =>
  attempt("write", dir, () => {
    for (const name of fs.readdirSync(dir)) {
      const descriptor = fs.openSync(path.join(dir, name), "r")
      try {
        fs.fsyncSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
    }
  })

import { Effect } from "effect"
import * as fs from "node:fs"
import { type Finding, problem, well } from "../domain/Finding.ts"
import { Sessions } from "../Sessions.ts"
import { attempt, exists } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { tryFlock } from "../system/Native.ts"
import { looking } from "./Treatment.ts"

const words = {
  kugetsu_not_initialized: "it was not initialised",
  base_session_missing: "the base session's record is missing",
  pm_agent_missing: "the project manager's record is missing",
} as const

/** Whether there is a home, whose it is, and whether locks hold there. */
export const checkHome = Effect.fn("checkHome")(function* () {
  const { root } = yield* KugetsuHome
  if (!(yield* exists(root))) return [problem(root, "there is no home", "Run: kugetsu init")]
  const state = Effect.gen(function* () {
    const word = yield* (yield* Sessions).status
    return [word === "ok" ? well(root, "it is initialised") : problem(root, words[word], "Run: kugetsu init")]
  })
  const findings: Array<Finding> = [...(yield* looking(root, state))]
  const uid = process.getuid?.()
  const owner = yield* attempt("look at", root, () => fs.statSync(root).uid)
  if (uid !== undefined && owner !== uid) {
    findings.push(problem(root, `it belongs to another user (${owner})`, `Run: sudo chown -R "$(id -un)" '${root}'`))
  }
  if (!(yield* lockHolds(root))) {
    const way = "Move the home to a local disk, and name it in KUGETSU_DIR."
    findings.push(problem(root, "its file system does not keep locks, so that two agents could work on one issue", way))
  }
  return findings
})

/** A second lock on what is locked must be refused; some network file systems give it. Writes nothing. */
const lockHolds = (dir: string) =>
  attempt("lock", dir, () => {
    const [first, second] = [fs.openSync(dir, "r"), fs.openSync(dir, "r")]
    try {
      // somebody else who looks at this moment has it
      return !tryFlock(first) || !tryFlock(second)
    } finally {
      fs.closeSync(first)
      fs.closeSync(second)
    }
  })

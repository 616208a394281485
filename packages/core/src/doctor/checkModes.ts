import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { Finding } from "../domain/Finding.ts"
import { well } from "../domain/Finding.ts"
import { attempt, exists } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { treat, type Treatment, withFix } from "./Treatment.ts"

/** What is not kugetsu's own in there has the modes that git and agents give it. */
const foreign = new Set(["worktrees", "repos", "base", "pm"])

/** Files 0600, directories 0700. What is inside a directory that nobody else can enter is out of reach, but for secrets. */
export const checkModes = Effect.fn("checkModes")(function* (treatment: Treatment) {
  const { envDir, root } = yield* KugetsuHome
  if (!(yield* exists(root))) return []
  const open = yield* attempt("look at", root, () => openBelow(root, envDir))
  if (open.length === 0) return [well(root, "nobody else can read it")]
  const places = Map.groupBy(open, (file) => path.relative(root, file).split("/")[0] ?? "")
  const findings: Array<Finding> = []
  for (const [place, files] of places) {
    const subject = files.length === 1 ? (files[0] ?? root) : path.join(root, place)
    const what = files.length === 1 ? "it is" : `${files.length} files and directories are`
    findings.push(
      yield* treat(
        treatment,
        { subject, found: `${what} open to other users`, remedy: withFix("takes their rights away") },
        attempt("change", subject, () => {
          for (const file of files) fs.chmodSync(file, fs.statSync(file).mode & 0o700)
          return "others have no rights there any more"
        }),
      ),
    )
  }
  return findings
})

const openBelow = (root: string, envDir: string): ReadonlyArray<string> => {
  const open = new Set<string>()
  const look = (file: string): void => {
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined || !(stat.isFile() || stat.isDirectory())) return
    const isOpen = (stat.mode & 0o077) !== 0
    if (isOpen) open.add(file)
    const isForeign = path.dirname(file) === root && foreign.has(path.basename(file))
    if (stat.isDirectory() && isOpen && !isForeign) {
      for (const name of fs.readdirSync(file)) look(path.join(file, name))
    }
  }
  look(root)
  look(envDir)
  if (fs.existsSync(envDir)) for (const name of fs.readdirSync(envDir)) look(path.join(envDir, name))
  return [...open].sort()
}

import * as fs from "node:fs"
import * as path from "node:path"
import type { GitBox } from "./git.ts"

/** The repository of the samples' issues, and the name of an issue's files. */
const repository = "github.com/shoko/kugetsu"
const nameOf = (identifier: string) => `${repository.replaceAll("/", "-")}-${identifier}`

/**
 * Lays the sample of a first kugetsu's home out in `home`, its repository cloned from `remote` as that program did: one
 * plain clone in the home, of which the issues' worktrees are plain git worktrees.
 */
export const layOutFirstHome = (home: string, git: GitBox, remote: string, sample = "first-kugetsu-home") => {
  fs.cpSync(path.join(import.meta.dirname, "..", "disk", sample), home, { recursive: true })
  const known = path.join(home, "repos.json")
  const text = fs.existsSync(known) ? fs.readFileSync(known, "utf8") : "{}"
  const urls = Object.keys(JSON.parse(text) as object).map((key) => [key, remote] as const)
  fs.writeFileSync(known, JSON.stringify({ ...Object.fromEntries(urls), [repository]: remote }))
  const clone = path.join(home, "repositories", "kugetsu")
  git.run(git.dir, "clone", "--quiet", remote, clone)
  return {
    clone,
    /** The worktree on its branch, with work that is in no commit. */
    worktree: (identifier: string): string => {
      const dir = path.join(home, "worktrees", nameOf(identifier))
      git.run(clone, "worktree", "add", "--quiet", "-b", `fix/issue-${identifier}`, dir)
      fs.writeFileSync(path.join(dir, "half done.txt"), "half done\n")
      fs.appendFileSync(path.join(dir, "README.md"), "changed\n")
      return dir
    },
    record: (identifier: string, changes: Readonly<Record<string, unknown>>): void => {
      const file = path.join(home, "sessions", `${nameOf(identifier)}.json`)
      fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), ...changes }))
    },
  }
}

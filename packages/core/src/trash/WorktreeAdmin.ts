import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable } from "../system/Files.ts"

// What git keeps of a worktree in plain files, read as such: of a broken worktree, too.

export interface CheckedOut {
  /** null: detached. */
  readonly branch: string | null
  /** null: it stands on a branch. */
  readonly sha: string | null
}

export const headIn = (gitDirectory: string): Effect.Effect<CheckedOut, HomeUnusable> =>
  attempt("read", path.join(gitDirectory, "HEAD"), () => {
    const text = fs.readFileSync(path.join(gitDirectory, "HEAD"), "utf8").trim()
    const branch = /^ref: refs\/heads\/(.+)$/.exec(text)?.[1] ?? null
    return { branch, sha: /^[0-9a-f]{40,64}$/.test(text) ? text : null }
  })

/** Directories with the names of objects in them. `modules` has objects of its own. */
const telling = new Set(["logs", "refs", "rebase-merge", "rebase-apply", "sequencer"])

/** Whatever looks like the name of an object in what git wrote for HEAD, a merge, a rebase, a bisection, or a reflog. */
export const objectsNamedIn = (admin: string): Effect.Effect<ReadonlySet<string>, HomeUnusable> =>
  attempt("read", admin, () => {
    const names = new Set<string>()
    const collect = (dir: string, top: boolean): void => {
      for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
        const file = path.join(dir, entry.name)
        if (entry.isDirectory() && (!top || telling.has(entry.name))) collect(file, false)
        if (entry.isFile() && !/^(sharedindex\.|index$)/.test(entry.name)) {
          for (const [name] of fs.readFileSync(file, "latin1").matchAll(objectName)) names.add(name)
        }
      }
    }
    collect(admin, true)
    return names
  })

const objectName = /\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g

export interface ReflogEntry {
  readonly from: string
  readonly to: string
  readonly message: string
}

export const reflogFile = (gitDirectory: string, ref: string): string => path.join(gitDirectory, "logs", ref)

/** Oldest first; empty when there is no log. */
export const readReflog = (
  gitDirectory: string,
  ref: string,
): Effect.Effect<ReadonlyArray<ReflogEntry>, HomeUnusable> =>
  attempt("read", reflogFile(gitDirectory, ref), () => {
    const file = reflogFile(gitDirectory, ref)
    if (!fs.existsSync(file)) return []
    return fs
      .readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, from, to, message] = /^([0-9a-f]+) ([0-9a-f]+) [^\t]*(?:\t(.*))?$/.exec(line) ?? []
        return from === undefined || to === undefined ? [] : [{ from, to, message: message ?? "" }]
      })
  })

/** The branches that another worktree of the repository stands on, or comes back to when its rebase ends. */
export const branchesUsedBesides = (
  clone: string,
  admin: string | null,
): Effect.Effect<ReadonlySet<string>, HomeUnusable> =>
  attempt("look at", clone, () => {
    const admins = path.join(clone, "worktrees")
    const others = fs.existsSync(admins) ? fs.readdirSync(admins).map((name) => path.join(admins, name)) : []
    const isBare = path.basename(clone) !== ".git"
    const directories = [...others.filter((each) => each !== admin), ...(isBare ? [] : [clone])]
    return new Set(directories.flatMap(branchesOf))
  })

const branchesOf = (gitDirectory: string): ReadonlyArray<string> =>
  ["HEAD", "rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"].flatMap((name) => {
    const file = path.join(gitDirectory, name)
    if (!fs.existsSync(file)) return []
    const branch = /^(?:ref: )?(?:refs\/heads\/)?(.+)\n?$/.exec(fs.readFileSync(file, "utf8"))?.[1]
    return branch === undefined || /^[0-9a-f]{40,64}$/.test(branch) ? [] : [branch]
  })

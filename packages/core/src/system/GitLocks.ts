import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable } from "./Files.ts"

/** Older lock files belong to nobody, whatever runs: no git holds one that long without a person waiting for it. */
const abandonedAfterMs = 10 * 60_000

const lockFilesIn = (dir: string, except: ReadonlySet<string>): ReadonlyArray<string> =>
  fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(dir, entry.name)
    if (entry.isDirectory()) return except.has(entry.name) ? [] : lockFilesIn(file, except)
    return entry.name.endsWith(".lock") ? [file] : []
  })

/** Removes what a killed git left in a worktree's own admin directory. The caller makes sure that none is at work. */
export const removeLockFiles = (admin: string): Effect.Effect<void, HomeUnusable> =>
  attempt("unlock", admin, () => {
    for (const file of lockFilesIn(admin, new Set(["objects"]))) fs.rmSync(file, { force: true })
  })

/** The lock files of a repository, those of its worktrees left out: those that nobody can be using any more. */
export const abandonedLocks = (repository: string): Effect.Effect<ReadonlyArray<string>, HomeUnusable> =>
  attempt("look at", repository, () => {
    const locks = lockFilesIn(repository, new Set(["objects", "worktrees"]))
    const busy = locks.length > 0 && gitIsAtWork([repository, ...worktreesOf(repository)])
    return locks.filter((file) => !busy || ageMs(file) > abandonedAfterMs)
  })

/** The lock files in a worktree's own admin directory. */
export const locksOf = (admin: string): Effect.Effect<ReadonlyArray<string>, HomeUnusable> =>
  attempt("look at", admin, () => lockFilesIn(admin, new Set(["objects"])))

/** Removes the lock files of a repository that killed gits left: only while no git is at work in it or its worktrees. */
export const removeOrphanedLocks = (repository: string): Effect.Effect<void, HomeUnusable> =>
  attempt("unlock", repository, () => {
    if (!fs.existsSync(repository)) return
    const locks = lockFilesIn(repository, new Set(["objects", "worktrees"]))
    if (locks.length === 0) return
    const busy = gitIsAtWork([repository, ...worktreesOf(repository)])
    for (const file of locks) if (!busy || ageMs(file) > abandonedAfterMs) fs.rmSync(file, { force: true })
  })

const ageMs = (file: string): number =>
  Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())

const worktreesOf = (repository: string): ReadonlyArray<string> => {
  const admins = path.join(repository, "worktrees")
  if (!fs.existsSync(admins)) return []
  return fs.readdirSync(admins).flatMap((id) => {
    try {
      const admin = path.join(admins, id)
      return [path.dirname(path.resolve(admin, fs.readFileSync(path.join(admin, "gitdir"), "utf8").trim()))]
    } catch {
      return [] // being made or removed at this moment
    }
  })
}

/** Without /proc nothing is known, so git counts as at work. */
const gitIsAtWork = (directories: ReadonlyArray<string>): boolean => {
  if (!fs.existsSync("/proc/self/cwd")) return true
  return fs.readdirSync("/proc").some((pid) => /^\d+$/.test(pid) && isGitIn(`/proc/${pid}`, directories))
}

const isGitIn = (process: string, directories: ReadonlyArray<string>): boolean => {
  try {
    if (!fs.readFileSync(`${process}/comm`, "latin1").startsWith("git")) return false
    const cwd = fs.readlinkSync(`${process}/cwd`)
    const command = fs.readFileSync(`${process}/cmdline`, "utf8")
    return directories.some((dir) => cwd === dir || cwd.startsWith(`${dir}/`) || command.includes(dir))
  } catch {
    return false // gone, or another user's
  }
}

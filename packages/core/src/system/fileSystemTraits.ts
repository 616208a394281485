import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable } from "./Files.ts"

type Setting = readonly [key: string, value: "true" | "false"]

/** What git takes for granted where its configuration is silent. */
export const usualTraits: ReadonlyArray<Setting> = [
  ["core.filemode", "true"],
  ["core.symlinks", "true"],
  ["core.ignorecase", "false"],
]

/**
 * What git should know of the file system of a repository, found out as `git init` does. Only one process may look at a
 * time.
 */
export const fileSystemTraits = (repository: string): Effect.Effect<ReadonlyArray<Setting>, HomeUnusable> =>
  attempt("try out", repository, () => {
    const place = path.join(repository, "kugetsu-probe")
    fs.rmSync(place, { force: true })
    const traits = {
      "core.filemode": keepsModes(place),
      "core.symlinks": keepsLinks(place),
      "core.ignorecase": fs.existsSync(path.join(repository, "hEaD")),
    }
    return Object.entries(traits).map(([key, value]) => [key, value ? "true" : "false"] as const)
  })

const keepsModes = (place: string): boolean => {
  fs.writeFileSync(place, "", { mode: 0o600 })
  const isExecutable = () => (fs.statSync(place).mode & 0o100) !== 0
  const before = isExecutable()
  fs.chmodSync(place, 0o700)
  const after = isExecutable()
  fs.rmSync(place)
  return !before && after
}

const keepsLinks = (place: string): boolean => {
  try {
    fs.symlinkSync("nothing", place)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EPERM") return false // the file system has none
    throw cause
  }
  const isLink = fs.lstatSync(place).isSymbolicLink()
  fs.rmSync(place, { force: true })
  return isLink
}

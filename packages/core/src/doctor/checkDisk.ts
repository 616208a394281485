import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { NEEDED_BYTES } from "../domain/Schedule.ts"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import { attempt, exists, freeBytes, listDirectory } from "../system/Files.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"

/** Bytes below which a person should know. */
const scarceBytes = 5_000_000_000

/** Room on the disks of home and temporary directory, and how much each area of the home takes. */
export const checkDisk = Effect.fn("checkDisk")(function* () {
  const { root } = yield* KugetsuHome
  const places = new Set([nearest(root), (yield* HostEnvironment).TMPDIR || "/tmp"])
  const findings: Array<Finding> = []
  for (const place of places) {
    const free = yield* freeBytes(place)
    const found = `${inWords(free)} are free`
    const remedy = "Make room. kugetsu prune and the trash (kugetsu restore lists it) may have some."
    findings.push(
      free < NEEDED_BYTES
        ? problem(place, `${found}, and nothing is started below ${inWords(NEEDED_BYTES)}`, remedy)
        : free < scarceBytes
          ? warning(place, found, remedy)
          : well(place, found),
    )
  }
  if (!(yield* exists(root))) return findings
  for (const name of yield* listDirectory(root)) {
    const area = path.join(root, name)
    const size = yield* attempt("look at", area, () => (fs.lstatSync(area).isDirectory() ? sizeOf(area) : null))
    if (size !== null) findings.push(well(area, `it takes ${inWords(size)}`))
  }
  return findings
})

/** The directory itself, or the first one above it that is there. */
const nearest = (dir: string): string => (fs.existsSync(dir) || dir === "/" ? dir : nearest(path.dirname(dir)))

/** Bytes on disk; what has several names counts once. */
const sizeOf = (top: string): number => {
  const seen = new Set<number>()
  let bytes = 0
  const open = [top]
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (const entry of entriesOf(dir)) {
      const file = path.join(dir, entry.name)
      const stat = fs.lstatSync(file, { throwIfNoEntry: false })
      if (stat === undefined || (stat.nlink > 1 && !stat.isDirectory() && seen.has(stat.ino))) continue
      seen.add(stat.ino)
      bytes += stat.blocks * 512
      if (stat.isDirectory()) open.push(file)
    }
  }
  return bytes
}

const entriesOf = (dir: string): ReadonlyArray<fs.Dirent> => {
  try {
    return fs.readdirSync(dir, { withFileTypes: true })
  } catch {
    return [] // an agent removed it meanwhile, or closed it: its size is no matter of health
  }
}

const inWords = (bytes: number): string => {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`
}

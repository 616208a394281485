import * as fs from "node:fs"
import * as path from "node:path"

/** Secrets that are planted under names, to be looked for afterwards. */
export type Canaries = Readonly<Record<string, string>>

/** The name of each canary that stands in the text, as it is or in Base64. */
export const canariesIn = (text: string, canaries: Canaries): ReadonlyArray<string> =>
  Object.entries(canaries).flatMap(([name, value]) => {
    const inJson = JSON.stringify(value).slice(1, -1)
    const encoded = Buffer.from(value).toString("base64").replace(/=+$/, "").slice(0, -1)
    return [value, inJson, encodeURIComponent(value), encoded].some((form) => text.includes(form)) ? [name] : []
  })

/** `file: canary` for each that stands in a file below `root`; what `skip` takes out of it is not looked into. */
export const canaryFiles = (root: string, canaries: Canaries, skip: (file: string) => boolean): ReadonlyArray<string> =>
  filesBelow(root)
    .filter((file) => !skip(file))
    .flatMap((file) =>
      canariesIn(fs.readFileSync(path.join(root, file), "latin1"), latin1(canaries)).map((name) => `${file}: ${name}`),
    )

/** Links are not followed. */
const filesBelow = (root: string, at = ""): ReadonlyArray<string> =>
  fs.readdirSync(path.join(root, at), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(at, entry.name)
    return entry.isDirectory() ? filesBelow(root, name) : entry.isFile() ? [name] : []
  })

const latin1 = (canaries: Canaries): Canaries =>
  Object.fromEntries(Object.entries(canaries).map(([name, value]) => [name, Buffer.from(value).toString("latin1")]))

/** Looks at the argument lists of all processes until it is stopped; gives each list that had a canary. */
export const watchCommandLines = (canaries: Canaries) => {
  const seen = new Set<string>()
  const look = () => {
    for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const line = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")
        if (canariesIn(line, canaries).length > 0) seen.add(line)
      } catch {
        // it has ended
      }
    }
  }
  const timer = setInterval(look, 20)
  return {
    stop: (): ReadonlyArray<string> => {
      clearInterval(timer)
      return [...seen]
    },
  }
}

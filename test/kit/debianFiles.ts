import * as fs from "node:fs"
import * as path from "node:path"

interface Package {
  readonly name: string
  readonly required: boolean
  readonly provides: ReadonlyArray<string>
  /** Each is a list of alternatives. */
  readonly needs: ReadonlyArray<ReadonlyArray<string>>
}

const names = (list: string): ReadonlyArray<string> => list.split("|").map((name) => name.trim().split(/[ :(]/, 1)[0]!)

const installed = (): ReadonlyArray<Package> =>
  say("dpkg-query", "-W", "-f", "${Package}\t${Priority}\t${Essential}\t${Provides}\t${Pre-Depends}\t${Depends}\n")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", priority, essential, provides = "", ...needs] = line.split("\t")
      const lists = needs.filter((list) => list !== "").flatMap((list) => list.split(","))
      return {
        name,
        required: priority === "required" || essential === "yes",
        provides: provides === "" ? [] : provides.split(",").flatMap(names),
        needs: lists.map(names),
      }
    })

const say = (...words: ReadonlyArray<string>): string => Bun.spawnSync([...words]).stdout.toString()

/** These packages, and all that they need, of those that are installed here. */
const closure = (wanted: ReadonlyArray<string>): ReadonlyArray<string> => {
  const packages = installed()
  const byName = new Map(packages.flatMap((one) => one.provides.map((name) => [name, one] as const)))
  for (const one of packages) byName.set(one.name, one)
  const chosen = new Set<string>()
  const choose = (alternatives: ReadonlyArray<string>): void => {
    const found = alternatives.map((name) => byName.get(name)).find((one) => one !== undefined)
    if (found === undefined || chosen.has(found.name)) return
    chosen.add(found.name)
    for (const need of found.needs) choose(need)
  }
  for (const { name, required } of packages) if (required) choose([name])
  for (const name of wanted) choose([name])
  return [...chosen]
}

/** What nothing needs that runs. */
const besides = /^\/(?:etc|var)\/|^\/usr\/share\/(?:doc|man|info|locale|lintian|bash-completion|zsh)\//

/**
 * The files, from `/` and without it, of a Debian (or Ubuntu) that has its required packages, the wanted ones and what
 * those need, as the packages that are installed here have them: nothing is fetched. Configuration is not among them.
 */
export const debianFiles = (wanted: ReadonlyArray<string>): ReadonlyArray<string> => {
  const places = new Map<string, string | null>()
  const placeOf = (directory: string): string | null => {
    if (!places.has(directory)) places.set(directory, fs.existsSync(directory) ? fs.realpathSync(directory) : null)
    return places.get(directory)!
  }
  const files = new Set<string>()
  for (const listed of say("dpkg", "-L", ...closure(wanted)).split("\n")) {
    if (!listed.startsWith("/")) continue
    const place = placeOf(path.dirname(listed))
    const file = place === null ? "" : path.join(place, path.basename(listed))
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    if (stat !== undefined && !stat.isDirectory() && !besides.test(file)) files.add(file.slice(1))
  }
  return [...files]
}

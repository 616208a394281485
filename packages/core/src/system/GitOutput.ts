import type { ConfigEntry } from "./GitFilters.ts"

/** What a remote told of itself. */
export interface RemoteRefs {
  /** The branch its HEAD stands for; null when it does not say, or has no commit there. */
  readonly defaultBranch: string | null
  /** Branch name to commit. */
  readonly heads: ReadonlyMap<string, string>
  /** The other refs that were asked for, by full name. */
  readonly others: ReadonlyMap<string, string>
}

export interface TreeStatus {
  /** null: detached. */
  readonly branch: string | null
  /** null: no commit yet. */
  readonly head: string | null
  readonly entries: ReadonlyArray<StatusEntry>
}

export interface StatusEntry {
  /** The whole line of porcelain v2, path included. */
  readonly line: string
  readonly path: string
  /** The tree may hold what neither index nor HEAD does. */
  readonly inTree: boolean
  readonly submodule: boolean
}

export const lines = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line !== "")
export const nulSeparated = (text: string): ReadonlyArray<string> => text.split("\0").filter((entry) => entry !== "")

const heads = "refs/heads/"

/** `ls-remote --symref` */
export const parseRemoteRefs = (text: string): RemoteRefs => {
  const branches = new Map<string, string>()
  const others = new Map<string, string>()
  let symbolic: string | null = null
  for (const line of lines(text)) {
    const [left = "", ref] = line.split("\t")
    if (ref === undefined || ref.endsWith("^{}")) continue
    if (left.startsWith("ref: ")) symbolic = ref === "HEAD" ? left.slice("ref: ".length) : symbolic
    else if (ref.startsWith(heads)) branches.set(ref.slice(heads.length), left)
    else others.set(ref, left)
  }
  const named = symbolic?.startsWith(heads) ? symbolic.slice(heads.length) : null
  return { defaultBranch: named ?? guessDefault(branches, others.get("HEAD")), heads: branches, others }
}

/** `rev-parse HEAD --symbolic-full-name HEAD` */
export const parseHead = (text: string): { readonly sha: string; readonly branch: string | null } => {
  const [sha = "", name = ""] = lines(text)
  return { sha, branch: name.startsWith(heads) ? name.slice(heads.length) : null }
}

/** Old servers tell HEAD's commit only. */
const guessDefault = (branches: ReadonlyMap<string, string>, head: string | undefined): string | null => {
  const same = [...branches].flatMap(([name, sha]) => (sha === head ? [name] : []))
  return ["main", "master"].find((name) => same.includes(name)) ?? same[0] ?? null
}

/** `config --list -z --show-scope --show-origin` */
export const parseConfig = (text: string): ReadonlyArray<ConfigEntry> => {
  const fields = text.split("\0")
  const entries: Array<ConfigEntry> = []
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [scope = "", origin = "", setting = ""] = fields.slice(i, i + 3)
    const end = setting.indexOf("\n")
    entries.push({
      scope: scope as ConfigEntry["scope"],
      file: origin.startsWith("file:") ? origin.slice("file:".length) : null,
      key: end === -1 ? setting : setting.slice(0, end),
      value: end === -1 ? null : setting.slice(end + 1),
    })
  }
  return entries
}

/** `status --porcelain=v2 --branch -z --no-renames` */
export const parseStatus = (text: string): TreeStatus => {
  const header = new Map<string, string>()
  const entries: Array<StatusEntry> = []
  for (const line of nulSeparated(text)) {
    const [kind, ...fields] = line.split(" ")
    if (kind === "#") header.set(fields[0] ?? "", fields.slice(1).join(" "))
    else entries.push(statusEntry(line, kind ?? "", fields))
  }
  const oid = header.get("branch.oid")
  const branch = header.get("branch.head")
  return {
    branch: branch === undefined || branch === "(detached)" ? null : branch,
    head: oid === undefined || oid === "(initial)" ? null : oid,
    entries,
  }
}

const statusEntry = (line: string, kind: string, fields: ReadonlyArray<string>): StatusEntry => {
  const before = kind === "1" ? 7 : kind === "u" ? 9 : 0
  return {
    line,
    path: fields.slice(before).join(" "),
    inTree: kind !== "1" || fields[0]?.[1] !== ".",
    submodule: before > 0 && fields[1]?.startsWith("S") === true,
  }
}

import type { ConfigSetting } from "./GitEnvironment.ts"

/** One setting as git reads it, in the order in which later ones win. */
export interface ConfigEntry {
  readonly scope: "system" | "global" | "local" | "worktree" | "command"
  /** null: it stands in no file. */
  readonly file: string | null
  /** Section and name in lower case. */
  readonly key: string
  /** null: a bare key, which means true. */
  readonly value: string | null
}

const ofDriver = /^filter\..+\.(clean|smudge|process|required)$/s

/**
 * Settings that leave the person's own (global) filter drivers as they are and make every other one do nothing: checking
 * out, or looking at, a tree runs no program that a repository's configuration names.
 */
export const withoutForeignFilters = (entries: ReadonlyArray<ConfigEntry>): ReadonlyArray<ConfigSetting> => {
  const settings = new Map<string, string>()
  for (const { scope, key } of entries) {
    const name = ofDriver.exec(key)?.[1]
    if (name === undefined || scope === "global" || scope === "command") continue
    const own = entries.findLast((entry) => entry.scope === "global" && entry.key === key)
    const nothing = name === "required" ? "false" : ""
    settings.set(key, own === undefined ? nothing : (own.value ?? "true"))
  }
  return [...settings]
}

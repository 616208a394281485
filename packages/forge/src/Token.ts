import type { ForgeType } from "@kugetsu/core/Servers"
import { Redacted } from "effect"
import { hostTokenKey } from "./Unanswered.ts"

/** A token of one kind of forge, whatever the host. */
const typeKey: Record<ForgeType, string> = { github: "GITHUB_TOKEN", gitlab: "GITLAB_TOKEN", gitea: "GITEA_TOKEN" }

export interface TokenOwner {
  /** `host` or `host:port`: as references name the server, and as its address does. */
  readonly hosts: ReadonlyArray<string>
  readonly type: ForgeType | null
  /**
   * It is one of the servers that the person named, or that everybody knows. Any other host is only known from the text
   * of a reference, and what it says of itself must not be enough to be sent a token that was meant for another.
   */
  readonly configured: boolean
}

/** The variables that may hold a server's token, the best first. */
export const tokenKeys = ({ hosts, type, configured }: TokenOwner): ReadonlyArray<string> => {
  const byHost = new Set(hosts.flatMap((host) => [host, host.replace(/:\d+$/, "")]).map(hostTokenKey))
  return [...byHost, ...(type !== null && configured ? [typeKey[type]] : [])]
}

export interface FoundToken {
  readonly key: string
  /** null: what stands there can be no token, and is not sent. */
  readonly token: Redacted.Redacted | null
}

/** The first of the variables that is set; of one variable the first source wins. null: none is set anywhere. */
export const findToken = (
  keys: ReadonlyArray<string>,
  sources: ReadonlyArray<Readonly<Record<string, string | undefined>>>,
): FoundToken | null => {
  for (const key of keys)
    for (const source of sources) {
      const value = source[key]?.trim()
      if (value) return { key, token: /^[\x21-\x7e]+$/.test(value) ? Redacted.make(value, { label: key }) : null }
    }
  return null
}

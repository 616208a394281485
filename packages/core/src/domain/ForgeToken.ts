import { Redacted } from "effect"
import { isMasked } from "./Secret.ts"
import { type CloneUrl, isLoopback } from "./CloneUrl.ts"
import type { ForgeType } from "./ForgeType.ts"

/** A server as far as its token goes. git and the forge's API are asked in the name of the same person. */
export interface TokenOwner {
  /** `host` or `host:port` of its address. */
  readonly instance: string
  /**
   * As the person configured it, or as everybody knows; null for any other. What a server says of itself must not be
   * enough to be sent a token that was meant for another.
   */
  readonly type: ForgeType | null
}

type Variables = Readonly<Record<string, string | undefined>>

export interface TokenSources {
  /** What the env files give agents on issues. */
  readonly files: Variables
  readonly environment: Variables
}

export interface FoundToken {
  readonly variable: string
  readonly from: keyof TokenSources
  /** null: what stands there can be no token, and is not sent. */
  readonly token: Redacted.Redacted | null
}

const typeVariables: Readonly<Record<ForgeType, string>> = {
  github: "GITHUB_TOKEN",
  gitlab: "GITLAB_TOKEN",
  gitea: "GITEA_TOKEN",
}

const hostVariable = (instance: string): string => `KUGETSU_TOKEN_${instance.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`

/** Whether a variable of that name holds the token for one server. */
export const isHostVariable = (name: string): boolean => /^KUGETSU_TOKEN_\w+$/.test(name)

/** Whether a variable of that name holds a token for a forge. */
export const isTokenVariable = (name: string): boolean =>
  isHostVariable(name) || Object.values(typeVariables).includes(name)

/** The variables that may hold a server's token, the best first: its own, with the port first, then that of its kind. */
export const tokenVariables = ({ instance, type }: TokenOwner): ReadonlyArray<string> => {
  const own = [instance, instance.replace(/:\d+$/, "")].map(hostVariable)
  return [...new Set(own), ...(type === null ? [] : [typeVariables[type]])]
}

/** The variable to name to a person who has set none. */
export const variableToSet = ({ instance, type }: TokenOwner): string =>
  type === null ? hostVariable(instance) : typeVariables[type]

/** The first of the variables that is set; of one variable the env files go first. null: none is set anywhere. */
export const findToken = (owner: TokenOwner, sources: TokenSources): FoundToken | null => {
  for (const variable of tokenVariables(owner))
    for (const from of ["files", "environment"] as const) {
      const value = sources[from][variable]?.trim()
      if (!value) continue
      const token = /^[\x21-\x7e]+$/.test(value) && !isMasked(value) ? Redacted.make(value, { label: variable }) : null
      return { variable, from, token }
    }
  return null
}

/** A token never crosses a network in the clear. */
export const mayCarryToken = (url: CloneUrl): boolean =>
  url.transport === "https" || (url.transport === "http" && url.host !== null && isLoopback(url.host))

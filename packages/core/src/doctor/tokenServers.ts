import { isHostVariable } from "../domain/ForgeToken.ts"
import { instanceOfServer } from "../domain/ServerAddress.ts"
import { isWellKnown, type Server } from "../Servers.ts"
import type { AgentToken } from "./agentTokens.ts"

export interface TokenServer {
  readonly server: Server
  readonly token: AgentToken
}

/**
 * The servers of the list that a token is for, none of those with a known repository (`known`, by host) among them. A
 * token for all servers of a kind is not shown to a well-known one while another of that kind may be meant: then it is
 * `untold` whose it is, unless that other one is asked.
 */
export const tokenServers = (
  { list, preferred }: { readonly list: ReadonlyArray<Server>; readonly preferred: Server },
  known: ReadonlyMap<string, { readonly server: Server }>,
  tokensFor: (server: Server) => ReadonlyArray<AgentToken>,
): { readonly meant: ReadonlyArray<TokenServer>; readonly untold: ReadonlyArray<TokenServer> } => {
  const hosts = new Map(list.map((server) => [instanceOfServer(server.url), server]))
  const others = [...hosts].filter(([host]) => !known.has(host)).map(([, server]) => server)
  const isMeant = (server: Server, { variable }: AgentToken): boolean => {
    if (isHostVariable(variable) || !isWellKnown(server)) return true
    const goesTo = (it: Server) => tokensFor(it).some((other) => other.variable === variable)
    const rivals = [...hosts.values()].filter((it) => it !== server && goesTo(it))
    return rivals.length === 0 || (server === preferred && rivals.every(isWellKnown))
  }
  const pairs = others.flatMap((server) => tokensFor(server).map((token): TokenServer => ({ server, token })))
  const meant = pairs.filter(({ server, token }) => isMeant(server, token))
  const asked = [...known.values()].flatMap(({ server }) => tokensFor(server))
  const used = new Set([...asked, ...meant.map(({ token }) => token)].map(({ variable }) => variable))
  return { meant, untold: pairs.filter(({ token }) => !used.has(token.variable)) }
}

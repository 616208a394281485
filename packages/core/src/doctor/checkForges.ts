import { Effect } from "effect"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import type { IssueRef } from "../domain/IssueRef.ts"
import { instanceOfServer } from "../domain/ServerAddress.ts"
import { ForgeTokens } from "../ForgeTokens.ts"
import type { ForgeUnknown } from "../PullRequests.ts"
import { Servers } from "../Servers.ts"
import { type AgentToken, agentTokens } from "./agentTokens.ts"
import { repositoryServers } from "./repositoryServers.ts"
import { type TokenServer, tokenServers } from "./tokenServers.ts"

/**
 * One call for each token and server: about one of the known repositories where there is one, else only whether the
 * server takes the token.
 */
export const checkForges = Effect.fn("checkForges")(function* () {
  const { list, preferred } = yield* Servers
  const tokensFor = yield* agentTokens
  const { faults, found } = yield* repositoryServers
  const { meant, untold } = tokenServers({ list: yield* list, preferred: yield* preferred }, found, tokensFor)
  const questions = [
    ...[...found].flatMap(([host, { ref, server }]) => {
      const tokens = tokensFor(server)
      // that there is none is told, too
      return tokens.length === 0 ? [askRights(host, ref, null)] : tokens.map((token) => askRights(host, ref, token))
    }),
    ...meant.map(present),
  ]
  const asked = yield* Effect.all(questions, { concurrency: 4 })
  return [...faults, ...asked, ...untoldIn(untold)]
})

const askRights = Effect.fnUntraced(function* (host: string, ref: IssueRef, token: AgentToken | null) {
  const { rights } = yield* ForgeTokens
  const whose = wordsFor(token)
  return yield* Effect.match(rights(ref, token?.as ?? "dev"), {
    onFailure: (unknown) =>
      unknown.reason === "forbidden" || unknown.reason === "not_found"
        ? problem(host, `${whose} has no access to the repository (${unknown.detail})`, unknown.remedy)
        : verdictOn(host, token, unknown),
    onSuccess: ({ mayWrite }) =>
      mayWrite === false
        ? warning(
            host,
            `${whose} may only read ${ref.repositoryKey}`,
            "Give it write access, or no pull request is opened.",
          )
        : well(host, `${whose} is valid, and may ${mayWrite === null ? "read" : "write"} ${ref.repositoryKey}`),
  })
})

const present = Effect.fnUntraced(function* ({ server, token }: TokenServer) {
  const host = instanceOfServer(server.url)
  return yield* Effect.match((yield* ForgeTokens).present(server, token.as), {
    onFailure: (unknown) =>
      unknown.reason === "forbidden"
        ? warning(
            host,
            `${wordsFor(token)} may not tell whose it is, and no repository is known to try it on (${unknown.detail})`,
            "It may be good all the same: kugetsu doctor tries it once there is a session, or a line in repos.json.",
          )
        : verdictOn(host, token, unknown),
    onSuccess: () => well(host, `${wordsFor(token)} is valid; no repository is known to try it on`),
  })
})

/** Where it differs from the developer's. */
const wordsFor = (token: AgentToken | null): string => (token?.as === "pm-agent" ? "the PM's token" : "the token")

const verdictOn = (host: string, token: AgentToken | null, { detail, reason, remedy }: ForgeUnknown): Finding => {
  switch (reason) {
    case "unauthorised":
      return problem(
        host,
        `${wordsFor(token)} is refused: it is wrong, revoked or has expired (${detail})`,
        token?.as === "pm-agent" ? `Give a valid one with \`kugetsu env set ${token.variable} - pm-agent\`.` : remedy,
      )
    case "no_token":
      return warning(host, `there is no token for it, so that no pull request is seen or opened (${detail})`, remedy)
    case "rate_limited":
      return warning(host, `it wants to be asked later (${detail})`, remedy)
    case "unavailable":
    case "bad_answer":
      return problem(host, `it is out of reach (${detail})`, remedy)
    default:
      return problem(host, detail, remedy)
  }
}

const untoldIn = (untold: ReadonlyArray<TokenServer>): ReadonlyArray<Finding> =>
  Object.entries(Object.groupBy(untold, ({ token }) => token.variable)).map(([variable, pairs = []]) => {
    const servers = new Map(pairs.map(({ server }) => [instanceOfServer(server.url), server]))
    return warning(
      variable,
      `it was shown to none of ${[...servers.keys()].join(", ")}, as it is not known for which it is`,
      "Say which: kugetsu server add NAME URL.",
    )
  })

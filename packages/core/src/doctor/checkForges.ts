import { Effect } from "effect"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import { instanceOfServer } from "../domain/ServerAddress.ts"
import type { IssueRef } from "../domain/IssueRef.ts"
import { refOf } from "../domain/Session.ts"
import { codePlace } from "../ForgePlace.ts"
import { ForgeTokens } from "../ForgeTokens.ts"
import type { ForgeUnknown } from "../PullRequests.ts"
import { Servers } from "../Servers.ts"
import { surveySessions } from "./checkSessions.ts"

/** One call to each server that has code of a known repository, with the token for it. */
export const checkForges = Effect.fn("checkForges")(function* () {
  const servers = yield* Servers
  const { sessions } = yield* surveySessions
  const found = new Map<string, IssueRef>()
  const findings: Array<Finding> = []
  for (const { session } of sessions) {
    const ref = refOf(session)
    if (ref === null) continue
    const place = yield* Effect.result(codePlace(servers, ref))
    // a repository on this machine, or one that only ssh knows
    if (place._tag === "Failure") {
      if (place.failure._tag !== "NoForge") {
        findings.push(problem(ref.toString(), place.failure.message, place.failure.remedy))
      }
      continue
    }
    const host = instanceOfServer(place.success.server.url)
    if (!found.has(host)) found.set(host, ref)
  }
  const asked = yield* Effect.forEach(found, ([host, ref]) => askOne(host, ref), { concurrency: 4 })
  return [...findings, ...asked]
})

const askOne = Effect.fnUntraced(function* (host: string, ref: IssueRef) {
  const { rights } = yield* ForgeTokens
  return yield* Effect.match(rights(ref), {
    onFailure: (unknown) => verdictOn(host, unknown),
    onSuccess: ({ mayWrite }) =>
      mayWrite === false
        ? warning(
            host,
            `the token may only read ${ref.repositoryKey}`,
            "Give it write access, or no pull request is opened.",
          )
        : well(host, `the token is valid, and may ${mayWrite === null ? "read" : "write"} ${ref.repositoryKey}`),
  })
})

const verdictOn = (host: string, { detail, reason, remedy }: ForgeUnknown): Finding => {
  switch (reason) {
    case "unauthorised":
      return problem(host, `the token is refused: it is wrong, revoked or has expired (${detail})`, remedy)
    case "forbidden":
    case "not_found":
      return problem(host, `the token has no access to the repository (${detail})`, remedy)
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

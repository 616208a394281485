import { ForgeUnknown } from "@kugetsu/core/PullRequests"

type Reason = ForgeUnknown["reason"]

const remedies: Record<Reason, (host: string, until: string | null) => string> = {
  unauthorised: (host) => `The token is refused: give a valid one with \`${setToken(host)}\`.`,
  forbidden: () => "Give the token read access to the repository and its pull requests.",
  not_found: () => "Check the name of the repository, and that the token's owner may see it and its pull requests.",
  rate_limited: (_, until) =>
    until === null ? "Wait a few minutes, then try again." : `Try again after ${until}; the forge asks for it.`,
  unavailable: (host) => `Check the network and that ${host} is up, then try again.`,
  bad_answer: (host) =>
    `Check that nothing stands between kugetsu and ${host} (a sign-in page, a proxy), then try again.`,
  no_token: (host) => `Give one with \`${setToken(host)}\`.`,
  unknown_forge: (host) => `Say what it is: kugetsu server add <name> https://${host} --type github|gitlab|gitea.`,
}

/** The variable that holds the token of one host. */
export const hostTokenKey = (host: string): string => `KUGETSU_TOKEN_${host.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`

const setToken = (host: string) => `kugetsu env set ${hostTokenKey(host)} -`

export const unanswered = (facts: {
  readonly host: string
  readonly operation: string
  readonly reason: Reason
  readonly detail: string
  /** ISO 8601. */
  readonly until?: string | null
  /** null or left out: the usual one of the reason. */
  readonly remedy?: string | null
}): ForgeUnknown => {
  const until = facts.until ?? null
  return new ForgeUnknown({ ...facts, until, remedy: facts.remedy ?? remedies[facts.reason](facts.host, until) })
}

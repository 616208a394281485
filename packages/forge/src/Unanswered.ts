import { variableToSet } from "@kugetsu/core/domain/ForgeToken"
import { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { DateTime } from "effect"

type Reason = ForgeUnknown["reason"]

export interface Facts {
  readonly host: string
  readonly operation: string
  readonly reason: Reason
  readonly detail: string
  /** ISO 8601. */
  readonly until?: string | null
  /** The variable that its token goes by. */
  readonly tokenVariable?: string
  /** null or left out: the usual one of the reason. */
  readonly remedy?: string | null
}

const remedies: Record<Reason, (facts: Facts) => string> = {
  unauthorised: (facts) => `The token is refused: give a valid one with \`${setToken(facts)}\`.`,
  forbidden: () => "Give the token read access to the repository and its pull requests.",
  not_found: () => "Check the name of the repository, and that the token's owner may see it and its pull requests.",
  rate_limited: ({ until }) =>
    until ? `Try again after ${until}; the forge asks for it.` : "Wait a few minutes, then try again.",
  unavailable: ({ host }) => `Check the network and that ${host} is up, then try again.`,
  bad_answer: ({ host }) =>
    `Check that nothing stands between kugetsu and ${host} (a sign-in page, a proxy), then try again.`,
  no_token: (facts) => `Give one with \`${setToken(facts)}\`, which keeps it in default.env.`,
  refused: () => "Do what the forge asks for, then try again.",
  misconfigured: (facts) =>
    facts.tokenVariable === undefined ? "Correct it, then try again." : `Give a valid one with \`${setToken(facts)}\`.`,
  unknown_forge: ({ host }) =>
    `Say what it is: kugetsu server add ${host} https://${host} --type github, gitlab or gitea.`,
}

const setToken = ({ host, tokenVariable }: Facts) =>
  `kugetsu env set ${tokenVariable ?? variableToSet({ instance: host, type: null })} -`

/** As errors tell a time (milliseconds since the epoch) before which a forge wants to be let alone. */
export const untilOf = (reason: Reason, until: number | null): string | null =>
  reason === "rate_limited" && until !== null ? DateTime.formatIso(DateTime.makeUnsafe(until)) : null

export const unanswered = (facts: Facts): ForgeUnknown => {
  const { detail, host, operation, reason, remedy, until } = facts
  return new ForgeUnknown({
    host,
    operation,
    reason,
    detail,
    until: until ?? null,
    remedy: remedy ?? remedies[reason](facts),
  })
}

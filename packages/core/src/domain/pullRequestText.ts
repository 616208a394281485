import type { IssueRef } from "./IssueRef.ts"
import type { IssueText } from "./IssueText.ts"
import { cut, quoted } from "./quoted.ts"
import { quietTitle } from "./quietTitle.ts"
import type { Redact } from "./Redaction.ts"
import type { RunExit } from "./Run.ts"
import { withoutSecrets } from "./Secret.ts"

export interface PullRequestSubject {
  readonly ref: IssueRef
  /** As its forge told it; null: it did not. */
  readonly issue: Pick<IssueText, "number" | "title" | "state"> | null
  /** The issue is in the repository that will have the pull request. */
  readonly isHere: boolean
  readonly exit: Pick<RunExit, "outcome" | "turn" | "work" | "run">
  readonly draft: boolean
  /** Takes out what must not be told. */
  readonly redact: Redact
}

const longestTitle = 200
const longestWords = 8000

/** Title and text of a pull request that kugetsu opens. What others wrote says nothing in it but itself. */
export const pullRequestText = (subject: PullRequestSubject): { readonly title: string; readonly body: string } => ({
  title: titleOf(subject),
  body: [aboutIssue(subject), ...unclean(subject), ...lastWords(subject)].join("\n\n") + "\n",
})

const titleOf = ({ exit, issue, redact, ref }: PullRequestSubject): string => {
  const candidates = [issue?.title, exit.work?.commits[0]?.subject]
  const title = candidates.map((text) => titleFrom(visible(text ?? "", redact))).find((text) => text !== "")
  return title ?? `Work on ${ref.toString()}`
}

/** Only an issue of the same repository can be closed by it, and only whole work closes one. */
const aboutIssue = ({ draft, isHere, issue, ref }: PullRequestSubject): string => {
  if (issue === null || !isHere) return `For ${asCode(ref.toString())}.`
  return !draft && issue.state === "open" ? `Closes #${issue.number}.` : `For #${issue.number}.`
}

const unclean = ({ draft, exit }: PullRequestSubject): ReadonlyArray<string> =>
  draft ? [`The work is not finished: the agent's run came to ${asCode(exit.outcome)}.`] : []

const lastWords = ({ exit, redact }: PullRequestSubject): ReadonlyArray<string> => {
  const words = visible(exit.turn?.last_text ?? "", redact).trim()
  return words === "" ? [] : ["What the agent said at its end:", quoted(cut(words, longestWords))]
}

const asCode = (text: string): string => `\`${text.replaceAll("`", "'")}\``

const titleFrom = (text: string): string => cut(quietTitle(text.replace(/\s+/g, " ")), longestTitle)

/** Without what nobody can see, and without what nobody may see. */
const visible = (text: string, redact: Redact): string => {
  const seen = text.replace(/\r\n?/g, "\n").replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}]/gu, "")
  return withoutSecrets(redact(seen))
}

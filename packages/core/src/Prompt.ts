import { BLOCKED } from "./domain/Conclusion.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { WrittenSection } from "./domain/writtenSection.ts"

export interface IssueTask {
  readonly ref: IssueRef
  readonly branch: string
  /** The branch the work starts from, and goes back to. */
  readonly base: string
  /** The address of its pull request, where one is known. */
  readonly pullRequest: string | null
  /** What others wrote of it, as a section of the text; empty: there is nothing to say of that. */
  readonly written: WrittenSection
  /** The person's words; null: continue from where you stopped. */
  readonly message: string | null
}

/**
 * The text of one turn on an issue: the rules of the place first, the person's message last, byte for byte to the very
 * end.
 */
export const issuePrompt = ({ base, branch, message, pullRequest, ref, written }: IssueTask): string =>
  `You work on the issue ${ref.toString()}, alone in a git worktree of its repository.
The worktree is on the branch \`${branch}\`, which starts from \`${base}\`. ${pullRequest === null ? "" : `Its pull request is ${pullRequest}. `}Nobody watches and nobody can answer while you work.

## Rules

1. ${written.rule}
2. Stay in this directory and on the branch \`${branch}\`. Do not switch branches, and do not rewrite commits that are pushed.
3. Never use \`git stash\`: all worktrees of the repository share it. Leave \`git worktree\`, \`git gc\` and \`git prune\` alone too.
4. Do commit: you are asked to. Name the issue in every commit message, for example "${subjectOf(ref)}: what was done".
5. Push when a piece of work is done: \`git push -u origin ${branch}\`. Never force.
6. After the push open a pull request from \`${branch}\` to \`${base}\` if you have a tool for it; if there is one already, leave it open.
7. What is not committed and pushed counts for nothing. Before you end, look at \`git status\`.
8. End with a few sentences that say what you did. Where only a person's answer gets you further, stop, and begin your last message with \`${BLOCKED}\` and the question.

${written.section}${messageSection(message)}`

/** What stands for the person's words when there are none. */
export const CONTINUE = "Continue from where you stopped."

/** The end of every prompt. */
export const messageSection = (message: string | null): string =>
  message === null ? `## Continue\n\n${CONTINUE}` : `## Message\n\n${message}`

/** As forges recognise it: \`#14\` closes nothing and links the issue; a free name has no number. */
const subjectOf = (ref: IssueRef): string => (/^\d/.test(ref.identifier) ? `#${ref.identifier}` : ref.identifier)

/** A pull request as people say it. */
export interface PullRequestName {
  /** `owner/repo`, with or without its host; null: they did not say which. */
  readonly repository: string | null
  /** As issue refs name it: `pr-7`, `mr-7`. */
  readonly identifier: string
}

const form = /^(?:(\S+)\s+)?(?:(pr|pull request)|mr|merge request)\s*[#!]?\s*([1-9]\d{0,17})$/i

/** `PR #7`, `owner/repo PR #7`, `MR !7`; null: the text is something else. It never means the issue of that number. */
export const readPullRequestName = (text: string): PullRequestName | null => {
  const [, repository, pull, number] = form.exec(text.trim()) ?? []
  if (number === undefined) return null
  return { repository: repository ?? null, identifier: `${pull === undefined ? "mr" : "pr"}-${number}` }
}

/** Whether an identifier of a ref is that of a pull request. */
export const isPullRequestName = (identifier: string): boolean => /^[pm]r-[1-9]\d*$/.test(identifier)

/** `pr-7` and `mr-7` are one, said in the words of two forges. */
export const samePullRequestName = (a: string, b: string): boolean =>
  isPullRequestName(a) && isPullRequestName(b) && a.slice(2) === b.slice(2)

/**
 * `#14`, `PR #7`, `MR !3`. What belongs to a ref or an address is none, nor is a colour: more than five digits, or a zero
 * in front.
 */
const numberPattern =
  /(?<![\w/#&.:!-])(?:(?:(pr|pull request)|(mr|merge request)) ?[#!]|#)([1-9]\d{0,4})(?![\w#/-]|[.,]\d)/gi

/** The identifiers that a text names without a repository, as refs have them (`14`, `pr-7`, `mr-3`), each once. */
export const findNumbers = (text: string): ReadonlyArray<string> => [
  ...new Set(
    [...text.matchAll(numberPattern)].map(([, pull, merge, number = ""]) =>
      pull !== undefined ? `pr-${number}` : merge !== undefined ? `mr-${number}` : number,
    ),
  ),
]

/** As people write it. */
export const numberText = (identifier: string): string =>
  identifier.replace(/^(?:(p)r|(m)r)-/, (_, p) => (p ? "PR " : "MR ")).replace(/\d+$/, "#$&")

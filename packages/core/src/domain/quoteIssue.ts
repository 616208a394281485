import { harmlessLine, harmlessText } from "./harmlessText.ts"
import type { IssueReading } from "./IssueReading.ts"
import type { IssueComment, IssueText } from "./IssueText.ts"
import type { ReviewRemark } from "./ReviewRemark.ts"
import { withinBytes } from "./withinBytes.ts"
import { withoutHidden } from "./withoutHidden.ts"

/** Bytes in UTF-8. Of comments and of reviews the newest are kept, as many as fit. */
export const quoteLimits = {
  title: 300,
  body: 16 * 1024,
  comment: 4 * 1024,
  comments: 24 * 1024,
  reviews: 24 * 1024,
  /** A name, an address, a path. */
  word: 200,
  /** What is looked at of a text that may be endless. */
  looked: 256 * 1024,
  /** The longest that a quotation can be. */
  whole: 70 * 1024,
}

export interface QuoteOptions {
  /** What no text of others can know beforehand; it begins every line of ours. */
  readonly mark: string
  /** Only what people wrote who may change the repository; not known counts as no. */
  readonly trustedOnly: boolean
}

/**
 * What others wrote, as data: between lines that begin with a mark, and no line of theirs does. Empty where nothing was
 * told.
 */
export const quoteIssue = (reading: IssueReading, options: QuoteOptions): string => {
  const { issue, remarks } = reading
  const quote = quoting(options)
  const blocks = [
    ...(issue === null ? [] : [...quote.issue(issue), ...quote.comments(issue.comments)]),
    ...(remarks === null ? [] : quote.remarks(remarks)),
  ]
  return blocks.length === 0 ? "" : [...blocks, quote.line("end")].join("\n")
}

const quoting = ({ mark, trustedOnly }: QuoteOptions) => {
  const line = (words: string) => `[${mark}] ${words}`
  const unmarked = (text: string) => text.replaceAll(mark, "…")
  const word = (text: string, most = quoteLimits.word) => {
    const cut = withinBytes(unmarked(harmlessLine(text.slice(0, 4 * most))), most)
    return cut.leftOut > 0 ? `${cut.text}…` : cut.text
  }

  const words = (markdown: string, most: number): ReadonlyArray<string> => {
    const looked = withinBytes(markdown, quoteLimits.looked)
    const shown = withinBytes(unmarked(harmlessText(withoutHidden(looked.text))).trim(), most)
    const leftOut = shown.leftOut + looked.leftOut
    return [
      ...(shown.text === "" ? [] : [shown.text]),
      ...(leftOut === 0 ? [] : [line(`${leftOut} more bytes of it are left out`)]),
    ]
  }

  const mayCount = ({ mayWrite }: Written) => !trustedOnly || mayWrite === true
  const by = (written: Written) => `by ${word(written.author)} (${accessOf(written.mayWrite)})`
  const on = (created_at: string | null) => (created_at === null ? "" : `, ${word(created_at, 40)}`)

  /** The newest that fit, the oldest first, after a line for those that are not here. */
  const list = <A extends Written>(
    all: ReadonlyArray<A>,
    { most, what, render }: { most: number; what: string; render: (one: A) => ReadonlyArray<string> },
  ): ReadonlyArray<string> => {
    const counting = all.filter(mayCount)
    const kept: Array<ReadonlyArray<string>> = []
    let room = most
    for (const one of counting.toReversed()) {
      const block = render(one)
      room -= Buffer.byteLength(block.join("\n")) + 1
      if (room < 0) break
      kept.unshift(block)
    }
    const untrusted = all.length - counting.length
    const older = counting.length - kept.length
    return [
      ...(untrusted === 0 ? [] : [line(`${what} without write access that are left out: ${untrusted}`)]),
      ...(older === 0 ? [] : [line(`older ${what} that are left out for their length: ${older}`)]),
      ...kept.flat(),
    ]
  }

  return {
    line,
    issue: (issue: IssueText): ReadonlyArray<string> => [
      line(`#${issue.number} ${by(issue)}, ${issue.state}${labelsOf(issue.labels, word)}, ${word(issue.url)}`),
      ...(mayCount(issue)
        ? [line("title"), word(issue.title, quoteLimits.title), line("text"), ...words(issue.body, quoteLimits.body)]
        : [line("title and text are left out: its author has no write access")]),
    ],
    comments: (comments: ReadonlyArray<IssueComment>) =>
      list(comments, {
        most: quoteLimits.comments,
        what: "comments of people",
        render: (comment) => [
          line(`comment ${by(comment)}${on(comment.created_at)}`),
          ...words(comment.body, quoteLimits.comment),
        ],
      }),
    remarks: (remarks: ReadonlyArray<ReviewRemark>) =>
      list(remarks, {
        most: quoteLimits.reviews,
        what: "reviews and comments on the pull request of people",
        render: (remark) => [
          line(`${kindOf(remark, word)} ${by(remark)}${on(remark.created_at)}`),
          ...words(remark.body, quoteLimits.comment),
        ],
      }),
  }
}

interface Written {
  readonly author: string
  readonly mayWrite: boolean | null
}

const accessOf = (mayWrite: boolean | null): string => {
  if (mayWrite === null) return "not known whether with write access"
  return mayWrite ? "with write access" : "without write access"
}

const kindOf = ({ at, verdict }: ReviewRemark, word: (text: string) => string): string => {
  if (verdict !== null) return `review "${verdict.replace("_", " ")}"`
  if (at === null) return "comment on the pull request"
  return `comment on ${word(at.path)}${at.line === null ? "" : ` line ${at.line}`}`
}

const labelsOf = (labels: ReadonlyArray<string>, word: (text: string) => string): string =>
  labels.length === 0 ? "" : `, labels ${word(labels.slice(0, 50).join(", "))}`

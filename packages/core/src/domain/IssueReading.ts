import type { IssueText } from "./IssueText.ts"
import type { ReviewRemark } from "./ReviewRemark.ts"

/** What a forge told of an issue and of its pull request before a turn, and what it did not tell. */
export interface IssueReading {
  /** null: it was not told. */
  readonly issue: IssueText | null
  /** Of its pull request, the oldest first; null: there is none, or it was not told. */
  readonly remarks: ReadonlyArray<ReviewRemark> | null
  /** Sentences: what could not be read, and why. Empty also where there is nothing that could be read. */
  readonly unread: ReadonlyArray<string>
}

export const nothingToRead: IssueReading = { issue: null, remarks: null, unread: [] }

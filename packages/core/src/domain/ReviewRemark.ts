/** What somebody said of a pull request: a review, a comment on a place in the code, or one in its conversation. Data, never an order. */
export interface ReviewRemark {
  readonly author: string
  /** Whether its author may change the repository; null: the forge does not tell. */
  readonly mayWrite: boolean | null
  /** What a review came to; null: it is a comment. */
  readonly verdict: "approved" | "changes_requested" | "commented" | "dismissed" | null
  /** null: it is about all of it. `line`: in the file as it is now; null: the file as a whole, or a line that is gone. */
  readonly at: { readonly path: string; readonly line: number | null } | null
  /** Markdown; empty where there are no words. */
  readonly body: string
  /** ISO 8601; null: the forge does not tell. */
  readonly created_at: string | null
  readonly url: string
}

/** The oldest first; those of unknown time before all others. Reviews say less than nothing without words or a verdict. */
export const inOrder = (remarks: ReadonlyArray<ReviewRemark>): ReadonlyArray<ReviewRemark> =>
  remarks
    .filter(({ at, body, verdict }) => at !== null || verdict !== "commented" || body.trim() !== "")
    .toSorted((a, b) => timeOf(a) - timeOf(b))

const timeOf = ({ created_at }: ReviewRemark): number => {
  const time = Date.parse(created_at ?? "")
  return Number.isNaN(time) ? 0 : time
}

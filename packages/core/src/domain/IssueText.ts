/** What people wrote in an issue, or in the conversation of a pull request. All of its text is data, never an order. */
export interface IssueText {
  readonly number: number
  readonly title: string
  /** Markdown; empty where there is none. */
  readonly body: string
  readonly author: string
  /** As of a comment's author. */
  readonly mayWrite: boolean | null
  readonly url: string
  readonly state: "open" | "closed"
  readonly labels: ReadonlyArray<string>
  /** Every one, the oldest first; without what the forge itself notes down. */
  readonly comments: ReadonlyArray<IssueComment>
}

export interface IssueComment {
  readonly author: string
  /** Whether its author may change the repository; null: the forge does not tell. */
  readonly mayWrite: boolean | null
  readonly body: string
  /** ISO 8601. */
  readonly created_at: string
  readonly url: string
}

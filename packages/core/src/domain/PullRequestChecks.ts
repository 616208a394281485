/** What machines and people said of a pull request's head so far. */
export interface PullRequestChecks {
  /** All that runs on the head together; none: nothing runs on it. */
  readonly ci: "none" | "pending" | "passed" | "failed"
  /** required: somebody was asked, or the rules ask for it, and nobody has decided. */
  readonly review: "none" | "required" | "approved" | "changes_requested"
}

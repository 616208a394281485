/** How things stand. A warning needs nobody at once; a problem keeps something from working; fixed: it was one. */
export type FindingState = "ok" | "warning" | "problem" | "fixed"

/** What a look at one thing came to. */
export interface Finding {
  /** Absolute path, issue, host or the like. */
  readonly subject: string
  readonly state: FindingState
  /** What was found. */
  readonly found: string
  /** What was done about it; null: nothing. */
  readonly done: string | null
  /** What a person can do; null: nothing is needed. */
  readonly remedy: string | null
}

export const well = (subject: string, found: string): Finding => ({
  subject,
  state: "ok",
  found,
  done: null,
  remedy: null,
})

export const warning = (subject: string, found: string, remedy: string | null): Finding => ({
  subject,
  state: "warning",
  found,
  done: null,
  remedy,
})

export const problem = (subject: string, found: string, remedy: string | null): Finding => ({
  subject,
  state: "problem",
  found,
  done: null,
  remedy,
})

export const fixed = (subject: string, found: string, done: string): Finding => ({
  subject,
  state: "fixed",
  found,
  done,
  remedy: null,
})

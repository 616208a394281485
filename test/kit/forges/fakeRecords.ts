/** A repository, or a fork of one. */
export interface Fork {
  readonly id: number
  readonly owner: string
  readonly name: string
}

export interface FakePullRequest {
  readonly number: number
  readonly branch: string
  /** null: the fork was deleted. */
  from: Fork | null
  readonly fromOwner: string
  readonly sha: string
  readonly base: string
  readonly body: string
  title: string
  draft: boolean
  /** `locked`: GitLab is merging it right now. */
  state: "open" | "locked" | "merged" | "closed"
  branchDeleted: boolean
  readonly statuses: Array<FakeStatus>
  readonly reviews: Array<FakeReview>
  /** Who was asked for a review and has given none. */
  readonly asked: Set<string>
}

export interface FakeStatus {
  readonly context: string
  /** In the word of the forge. */
  readonly state: string
  /** GitHub's check runs; all else is a status of a commit. */
  readonly conclusion?: string | null
}

export interface FakeReview {
  readonly id: number
  readonly author: string
  readonly word: "approved" | "changes" | "comment" | "dismissed"
  readonly body: string
  readonly onCode: ReadonlyArray<FakeCodeComment>
}

/** A review's comment on a place in the code; no line: it is gone. */
export interface FakeCodeComment {
  readonly id: number
  readonly path: string
  readonly line: number | null
  readonly body: string
}

/** An issue, or what is said in a pull request. */
export interface FakeThread {
  readonly number: number
  readonly author: string
  readonly title: string
  readonly body: string
  readonly labels: ReadonlyArray<string>
  readonly isPull: boolean
  /** Of an issue; a pull request has its own. */
  isClosed: boolean
  readonly comments: Array<FakeComment>
}

export interface FakeComment {
  readonly id: number
  readonly author: string
  readonly body: string
  /** The forge noted it down by itself. */
  readonly system: boolean
}

/** What a client asks to be opened. */
export interface FakeProposal {
  readonly branch: string
  readonly base: string
  readonly title: string
  readonly body: string
  readonly draft: boolean
}

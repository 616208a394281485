import type { FakeCodeComment, FakeProposal, FakePullRequest, FakeReview, FakeThread, Fork } from "./fakeRecords.ts"

/** What people do to the pull requests of one repository; each fake tells it in the words of its forge. */
export class FakeRepository implements Fork {
  readonly pulls: Array<FakePullRequest> = []
  readonly threads = new Map<number, FakeThread>()
  /** People who may push. */
  readonly writers = new Set(["kdev"])
  /** People who may be given issues and may not push: members of a team that only reads. */
  readonly helpers = new Set<string>()
  /** Branches that have nothing which their base has not. */
  readonly withoutCommits = new Set<string>()
  /** Branches that were never pushed. */
  readonly notPushed = new Set<string>()
  /** `owner/name` before it was renamed. */
  readonly formerNames: Array<string> = []
  owner = "kdev"
  name = "demo"
  readonly id = 1
  private lastNumber = 0
  private lastFork = 1
  private lastId = 0

  constructor(private readonly whenBranchDeleted: "closes" | "stays open") {}

  /** From the repository itself, or from a fork of it. */
  createPr(branch: string, options: Partial<FakeProposal> & { readonly from?: Fork } = {}) {
    const number = ++this.lastNumber
    const from = options.from ?? this
    this.pulls.push({
      number,
      branch,
      from,
      fromOwner: from.owner,
      sha: number.toString(16).padStart(40, "0"),
      base: options.base ?? "main",
      body: options.body ?? "",
      title: options.title ?? `Work on ${branch}`,
      draft: options.draft ?? false,
      state: "open",
      branchDeleted: false,
      statuses: [],
      reviews: [],
      asked: new Set(),
    })
    this.converse(number, { isPull: true, title: `Work on ${branch}`, ...options })
    return number
  }

  /** The same name for new work, after the old one was merged or closed. */
  reuseBranch(branch: string) {
    return this.createPr(branch)
  }

  /** Why the forge opens nothing. null: it does. */
  refusalOf({ branch, base }: FakeProposal): "not pushed" | "no commits" | "exists" | null {
    if (this.notPushed.has(branch)) return "not pushed"
    if (this.withoutCommits.has(branch)) return "no commits"
    const exists = this.pulls.some(
      (it) => it.branch === branch && it.base === base && it.state === "open" && it.from?.id === this.id,
    )
    return exists ? "exists" : null
  }

  /** Issues and pull requests share one series of numbers on GitHub and Gitea. */
  createIssue(options: Partial<Pick<FakeThread, "title" | "body" | "author" | "labels">> = {}) {
    const number = ++this.lastNumber
    this.converse(number, { isPull: false, title: "An issue", ...options })
    return number
  }

  private converse(number: number, thread: Partial<FakeThread>) {
    const whole = { title: "", author: "kdev", body: "", labels: [], isPull: false, ...thread }
    this.threads.set(number, { ...whole, number, isClosed: false, comments: [] })
  }

  addComment(number: number, author: string, body: string, system = false) {
    const id = ++this.lastId
    this.thread(number).comments.push({ id, author, body, system })
    return id
  }

  closeIssue(number: number) {
    this.thread(number).isClosed = true
  }

  stateOf(thread: FakeThread): "open" | "closed" | "merged" {
    if (!thread.isPull) return thread.isClosed ? "closed" : "open"
    const { state } = this.find(thread.number)
    return state === "locked" ? "open" : state
  }

  thread(number: number): FakeThread {
    const thread = this.threads.get(number)
    if (thread === undefined) throw new Error(`there is no issue ${number}`)
    return thread
  }

  addStatus(number: number, state: string, context = "ci/test") {
    this.find(number).statuses.push({ context, state })
  }

  addCheckRun(number: number, state: string, conclusion: string | null = null) {
    this.find(number).statuses.push({ context: "build", state, conclusion })
  }

  addReview(
    number: number,
    author: string,
    word: FakeReview["word"],
    said: { readonly body?: string; readonly onCode?: ReadonlyArray<Omit<FakeCodeComment, "id">> } = {},
  ) {
    const pull = this.find(number)
    pull.asked.delete(author)
    const id = ++this.lastId
    const onCode = (said.onCode ?? []).map((comment) => ({ ...comment, id: ++this.lastId }))
    pull.reviews.push({ id, author, word, body: said.body ?? "", onCode })
  }

  requestReview(number: number, author: string) {
    this.find(number).asked.add(author)
  }

  draft(number: number, draft = true) {
    this.find(number).draft = draft
  }

  merge(number: number) {
    this.find(number).state = "merged"
  }

  /** As merged as any other; what differs is only in git. */
  squash(number: number) {
    this.merge(number)
  }

  beginMerge(number: number) {
    this.find(number).state = "locked"
  }

  close(number: number) {
    this.find(number).state = "closed"
  }

  reopen(number: number) {
    this.find(number).state = "open"
  }

  deleteBranch(branch: string) {
    for (const pull of this.pulls.filter((it) => it.branch === branch && it.from?.id === this.id)) {
      pull.branchDeleted = true
      if (pull.state === "open" && this.whenBranchDeleted === "closes") pull.state = "closed"
    }
  }

  fork(owner: string, name = this.name): Fork {
    return { id: ++this.lastFork, owner, name }
  }

  deleteFork(fork: Fork) {
    for (const pull of this.pulls.filter((it) => it.from?.id === fork.id)) {
      pull.from = null
      if (pull.state === "open") pull.state = "closed"
    }
  }

  rename(owner: string, name: string) {
    this.formerNames.push(`${this.owner}/${this.name}`.toLowerCase())
    this.owner = owner
    this.name = name
  }

  find(number: number): FakePullRequest {
    const pull = this.pulls.find((it) => it.number === number)
    if (pull === undefined) throw new Error(`there is no pull request ${number}`)
    return pull
  }

  is(fullName: string): boolean {
    return fullName.toLowerCase() === `${this.owner}/${this.name}`.toLowerCase()
  }

  wasNamed(fullName: string): boolean {
    return this.formerNames.includes(fullName.toLowerCase())
  }
}

/** One page of a list; a shifted one begins with the last item of the page before. */
export const pageOf = <A>(items: ReadonlyArray<A>, page: number, perPage: number, shifted: boolean) => {
  const start = (page - 1) * perPage - (shifted && page > 1 ? 1 : 0)
  return { items: items.slice(start, start + perPage), hasNext: start + perPage < items.length }
}

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
  title: string
  draft: boolean
  /** `locked`: GitLab is merging it right now. */
  state: "open" | "locked" | "merged" | "closed"
  branchDeleted: boolean
}

/** What people do to the pull requests of one repository; each fake tells it in the words of its forge. */
export class FakeRepository implements Fork {
  readonly pulls: Array<FakePullRequest> = []
  /** `owner/name` before it was renamed. */
  readonly formerNames: Array<string> = []
  owner = "kdev"
  name = "demo"
  readonly id = 1
  private lastNumber = 0
  private lastFork = 1

  constructor(private readonly whenBranchDeleted: "closes" | "stays open") {}

  /** From the repository itself, or from a fork of it. */
  createPr(branch: string, options: { readonly from?: Fork; readonly draft?: boolean; readonly title?: string } = {}) {
    const number = ++this.lastNumber
    const from = options.from ?? this
    this.pulls.push({
      number,
      branch,
      from,
      fromOwner: from.owner,
      sha: number.toString(16).padStart(40, "0"),
      title: options.title ?? `Work on ${branch}`,
      draft: options.draft ?? false,
      state: "open",
      branchDeleted: false,
    })
    return number
  }

  /** Issues and pull requests share one series of numbers on GitHub and Gitea. */
  createIssue() {
    return ++this.lastNumber
  }

  merge(number: number) {
    this.find(number).state = "merged"
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

import { Effect } from "effect"
import { readCloneUrl } from "../domain/CloneUrl.ts"
import { type CommitsAt, type Fact, known, type PullRequestAt } from "../domain/Removal.ts"
import { isOpenPullRequest, type PullRequest } from "../domain/PullRequest.ts"
import { PullRequests } from "../PullRequests.ts"
import { Settings } from "../Settings.ts"
import { removeHarmful } from "../system/CloneConfig.ts"
import type { HomeUnusable } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { RecordUnreadable } from "../system/JsonFile.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { remoteAt } from "../worktrees/remoteAt.ts"
import { fetchHeadsAside, lockClone } from "../worktrees/SharedClone.ts"
import { areMerged, areOf, commitsAt, goesBeyond, type Head, hasOwnCommits } from "./commitsAt.ts"
import { learn } from "./learn.ts"
import type { RemovalSite, RemovalSubject } from "./RemovalSite.ts"
import { basesIn, fetchTagsAside, type RemoteView, viewFromOutside } from "./RemoteView.ts"
import { wholeHeads } from "./wholeHeads.ts"

const notNeeded = known<PullRequestAt>({ state: "not_needed", detail: "the forge need not be asked" })
const nothingOwn = { where: "base", detail: "it has no commit of its own" } as const

/** Where the commits are, and what the forge says of them where they are not the base's. */
export const commitFacts = Effect.fn("removal.commitFacts")(function* (
  subject: RemovalSubject,
  site: RemovalSite,
  url: string,
) {
  const look = yield* learn(lookAtCommits(subject, site, url))
  if (look._tag === "Unknown") return { commits: look, pullRequest: yield* pullRequestFact(subject, site, url) }
  const { heads, own, view } = look.value
  if (heads === "unborn") {
    const detail = `${subject.worktree} stands on a branch that has no commit`
    return { commits: known({ where: "unborn", detail } as const), pullRequest: notNeeded }
  }
  if (view === null || !own) return { commits: known(nothingOwn), pullRequest: notNeeded }
  const pullRequest = yield* pullRequestFact(subject, site, url)
  const found = pullRequest._tag === "Known" ? (pullRequest.value.found ?? null) : null
  const commits = yield* learn(commitsAt(view, heads, found?.state === "merged" ? found : null))
  const isMerged = commits._tag === "Known" && commits.value.where === "merged"
  if (found === null || isOpenPullRequest(found) || isMerged) return { commits, pullRequest }
  const doubt = yield* learn(doubtIn(found, askedBranch(subject, site), view, heads, commits))
  if (doubt._tag === "Unknown") return { commits, pullRequest: doubt }
  return { commits, pullRequest: doubt.value === null ? pullRequest : known(doubt.value) }
}, Effect.scoped)

/** What a settled pull request says nothing of, though it is the branch's; null: it says what there is to say. */
const doubtIn = Effect.fnUntraced(function* (
  found: PullRequest,
  asked: string | null,
  view: RemoteView,
  heads: ReadonlyArray<Head>,
  commits: Fact<CommitsAt>,
): Effect.fn.Return<PullRequestAt | null, GitError, Git> {
  const none = (detail: string) => ({ state: "none", detail }) as const
  if (found.branch !== asked && !(yield* areOf(view, heads, found))) {
    return none(`${found.url} is of ${found.branch}, and has not what ${asked} has`)
  }
  // what other refs have is no matter of the pull request
  const own = heads.filter(({ name }) => name === asked || name === "HEAD")
  if (yield* goesBeyond(view, own, found)) {
    return none(`${found.url} is ${found.state}, and ${asked} has commits that came after it`)
  }
  // what is only here keeps it in any case
  if (found.state !== "merged" || (commits._tag === "Known" && commits.value.where === "here")) return null
  return !(yield* areMerged(view, own, found))
    ? none(`${found.url} is merged, and ${asked} has commits that cannot be seen to have been merged with it`)
    : null
})

const lookAtCommits = Effect.fnUntraced(function* (subject: RemovalSubject, site: RemovalSite, url: string) {
  if (site.repository === null) return { view: null, heads: [] as ReadonlyArray<Head>, own: false }
  const view = yield* viewOf(site.repository, site, url)
  const heads = yield* headsOf(subject, site, site.repository, view)
  const own = typeof heads === "string" ? false : yield* hasOwnCommits(view, heads)
  return { view, heads, own }
})

const viewOf = Effect.fnUntraced(function* (
  repository: string,
  { gitDirectory, isWhole, shared }: RemovalSite,
  url: string,
) {
  const git = yield* Git
  const remote = yield* remoteAt(url)
  const { baseBranch } = yield* (yield* Settings).load
  if (!shared) {
    const [commit = ""] = (yield* git.refs(repository, ["refs/"])).values()
    return yield* viewFromOutside({ directory: `${repository}/objects`, commit }, remote, baseBranch)
  }
  const lock = lockClone(yield* KugetsuHome, repository)
  const fetched = Effect.gen(function* () {
    yield* lock
    // the worktree's own settings, too: they decide what git sees of it
    yield* removeHarmful(repository, yield* git.config({ repository: gitDirectory ?? repository }))
    const hasHead = yield* fetchHeadsAside(repository, remote)
    if (isWhole) yield* fetchTagsAside(repository, remote)
    return hasHead
  })
  const hasHead = yield* Effect.scoped(fetched)
  const bases = yield* basesIn(repository, hasHead, baseBranch)
  return { repository, bases, remote } satisfies RemoteView
})

/** What goes with the worktree: its branches and what is checked out, or all of a repository that is its own. */
const headsOf = Effect.fnUntraced(function* (
  { branch }: RemovalSubject,
  { branches, head, isWhole }: RemovalSite,
  repository: string,
  view: RemoteView,
): Effect.fn.Return<ReadonlyArray<Head> | "unborn", GitError | HomeUnusable | RecordUnreadable, Git> {
  const git = yield* Git
  const locals = yield* git.refs(repository, ["refs/heads/"])
  if (head?._tag === "Branch" && !locals.has(`refs/heads/${head.branch}`)) return "unborn"
  const named = [...branches].flatMap((name) => {
    const sha = locals.get(`refs/heads/${name}`)
    return sha === undefined ? [] : [{ name, sha }]
  })
  const detached = head?._tag === "Detached" ? [{ name: "HEAD", sha: head.sha }] : []
  const heads = isWhole ? yield* wholeHeads(repository, view.repository) : [...named, ...detached]
  if (branch === null || locals.has(`refs/heads/${branch}`)) return heads
  // nothing of it is here any more; what was pushed may still wait for its pull request
  const pushed = yield* git.refs(view.repository, [`refs/kugetsu/remote/${branch}`])
  return [...heads, ...[...pushed.values()].map((sha) => ({ name: branch, sha }))]
})

const pullRequestFact = Effect.fnUntraced(function* (subject: RemovalSubject, site: RemovalSite, url: string) {
  return yield* learn(askForge(subject, site, url))
})

const askedBranch = ({ branch }: RemovalSubject, { branches }: RemovalSite): string | null =>
  branch ?? [...branches][0] ?? null

const askForge = Effect.fnUntraced(function* (subject: RemovalSubject, site: RemovalSite, url: string) {
  if (!(yield* (yield* Settings).load).checkPullRequestState) {
    return { state: "not_asked", detail: "the forge was not asked: WORKTREE_CHECK_PR_STATUS is false" } as const
  }
  if (readCloneUrl(url).host === null) {
    return { state: "no_forge", detail: "its remote has no pull requests" } as const
  }
  const asked = askedBranch(subject, site)
  const found = yield* (yield* PullRequests).deciding(subject.ref, { number: subject.pullRequest, branch: asked })
  if (found === null) return { state: "none", detail: `there is no pull request of ${asked}` } as const
  return { state: found.state, detail: `${found.url} is ${found.state}`, found }
})

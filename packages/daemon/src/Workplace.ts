import { commitsSeen } from "@kugetsu/core/commitsSeen"
import type { AgentPlace } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { readCloneUrl } from "@kugetsu/core/domain/CloneUrl"
import { type IssueRef, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { RunRequest } from "@kugetsu/core/domain/Run"
import { Allowance, ForgeAllowance } from "@kugetsu/core/ForgeAllowance"
import { PullRequests } from "@kugetsu/core/PullRequests"
import { issuePrompt } from "@kugetsu/core/Prompt"
import { recordedNumber } from "@kugetsu/core/recordedNumber"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { type IssueWorktree, Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Option } from "effect"
import { Pace } from "./Pace.ts"
import { preparePm } from "./preparePm.ts"
import { tellQuarantined } from "./quarantine.ts"
import { recallSession } from "./recallSession.ts"
import { takeAlong } from "./takeAlong.ts"
import { tellOfIssue } from "./tellOfIssue.ts"
import { requireIsolated } from "./wall.ts"

/** Where a turn happens, everything checked, nothing started. */
export interface Workplace {
  readonly place: AgentPlace
  readonly session: string
  /** null for the PM. */
  readonly issue: IssueWorkplace | null
  /** Where the session is not simply the one that there was; for the evidence. */
  readonly notes: ReadonlyArray<string>
  /** The text for the agent. */
  readonly prompt: string
}

export interface IssueWorkplace {
  readonly ref: IssueRef
  readonly worktree: IssueWorktree
  /** What git and the forge said before the turn. */
  readonly before: {
    readonly head: string
    readonly status: string
    readonly pullRequest: PullRequestAnswer
    /** What the session's record says. */
    readonly recordedUrl: string | null
  }
  /** What the agent could not be told of the issue, and why; for the evidence. */
  readonly untold: ReadonlyArray<string>
}

/** What the forge says of a branch. `unknown` tells why it could not be asked: then null is no answer. */
export interface PullRequestAnswer {
  readonly pullRequest: PullRequest | null
  readonly unknown: string | null
}

/**
 * Makes ready what a run needs: clone, worktree, environment, session. Idempotent: a killed preparation is simply done
 * again.
 */
export const prepare = Effect.fn("Workplace.prepare")(function* (request: RunRequest, tmp: string) {
  if (request.issue_ref === null) return yield* preparePm(request, tmp)
  const ref = yield* Effect.fromResult(parseIssueRef(request.issue_ref))
  // a slot is held meanwhile
  const allowance = new Allowance({ ms: (yield* Pace).preparationForgeMs })
  return yield* Effect.provideService(prepareIssue(ref, request, tmp), ForgeAllowance, allowance)
})

const prepareIssue = Effect.fn("Workplace.prepareIssue")(function* (ref: IssueRef, request: RunRequest, tmp: string) {
  const sessions = yield* Sessions
  const settings = yield* (yield* Settings).load
  const known = Option.map(yield* sessions.find(ref), ({ session }) => session)

  const worktree = yield* (yield* Worktrees).ensure(ref, {
    path: Option.getOrNull(Option.map(known, (session) => session.worktree_path)),
    branch: Option.getOrNull(Option.map(known, (session) => session.branch_name)),
    fresh: request.fresh,
    seen: Option.isSome(known) ? yield* commitsSeen(known.value) : [],
  })
  const { name } = yield* sessions.update(ref, (session) => ({
    ...session,
    worktree_path: worktree.path,
    branch_name: worktree.branch,
  }))

  const place: AgentPlace = {
    name,
    directory: worktree.path,
    title: ref.toString(),
    role: "dev",
    env: yield* (yield* AgentEnvironment).build({
      agent: "dev",
      directory: worktree.path,
      cloneUrl: worktree.cloneUrl,
      run: request.run,
      tmp,
    }),
    model: settings.model,
  }
  const recorded = Option.getOrNull(Option.map(known, ({ opencode_session_id }) => opencode_session_id))
  const { earlier, notes } = yield* takeAlong(place, { known: recorded, cloneUrl: worktree.cloneUrl, tmp })
  const { session, ...recalled } = yield* recallSession(place, {
    known: recorded,
    base: (yield* KugetsuHome).agent("base").export,
    earlier,
    issue: { ref, worktree },
  })
  yield* tellQuarantined(name, ref.toString())
  yield* sessions.update(ref, (record) => ({ ...record, opencode_session_id: session }))
  yield* requireIsolated({ place, session, issue: { ref, worktree } })
  const recordedUrl = Option.getOrNull(Option.map(known, ({ pr_url }) => pr_url))
  const before = { ...(yield* stateBefore(ref, worktree, recordedUrl)), recordedUrl }
  const { untold, written } = yield* tellOfIssue(ref, before)

  return {
    place,
    session,
    issue: {
      ref,
      worktree,
      before,
      untold: hasForge(worktree) ? untold : [],
    },
    notes: [...notes, ...recalled.notes],
    prompt: recalled.before(
      issuePrompt({
        ref,
        branch: worktree.branch,
        base: worktree.base,
        pullRequest: before.pullRequest.pullRequest?.url ?? recordedUrl,
        written,
        message: request.message,
      }),
    ),
  } satisfies Workplace
})

const stateBefore = Effect.fn("Workplace.stateBefore")(function* (
  ref: IssueRef,
  worktree: IssueWorktree,
  recordedUrl: string | null,
) {
  const facts = yield* (yield* Worktrees).inspect(worktree.path)
  return { head: facts.head, status: facts.status, pullRequest: yield* askForPullRequest(ref, worktree, recordedUrl) }
})

/** A path on this machine has none. */
export const hasForge = ({ cloneUrl }: IssueWorktree): boolean => readCloneUrl(cloneUrl).host !== null

/** For the forge; whoever waits longer than that for one answer waits in vain. */
const FORGE_LIMIT_MS = 30_000

export const askForPullRequest = Effect.fn("Workplace.askForPullRequest")(function* (
  ref: IssueRef,
  worktree: IssueWorktree,
  recordedUrl: string | null,
) {
  const none: PullRequestAnswer = { pullRequest: null, unknown: null }
  if (!hasForge(worktree)) return none
  const pullRequests = yield* PullRequests
  return yield* recordedNumber(ref, recordedUrl).pipe(
    Effect.flatMap((number) => pullRequests.deciding(ref, { number, branch: worktree.branch, head: worktree.head })),
    Effect.map((pullRequest): PullRequestAnswer => ({ pullRequest, unknown: null })),
    Effect.catch(({ message, remedy }) => Effect.succeed({ ...none, unknown: `${message} (${remedy})` })),
    Effect.timeoutOrElse({
      duration: FORGE_LIMIT_MS,
      orElse: () => Effect.succeed({ ...none, unknown: "the forge did not answer in time" }),
    }),
  )
})

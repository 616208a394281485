import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { redactor } from "@kugetsu/core/Redactor"
import { coversBranch } from "@kugetsu/core/coversBranch"
import type { Failure } from "@kugetsu/core/domain/Failure"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import { wantsAnother } from "@kugetsu/core/domain/pullRequestDue"
import { pullRequestText } from "@kugetsu/core/domain/pullRequestText"
import type { RunExit } from "@kugetsu/core/domain/Run"
import { nextTry, type PullRequestDue, type RunPullRequest } from "@kugetsu/core/domain/RunPullRequest"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { isOnePlace } from "@kugetsu/core/ForgePlace"
import { Issues } from "@kugetsu/core/Issues"
import { ForgeUnknown, PullRequests } from "@kugetsu/core/PullRequests"
import { recordedNumber } from "@kugetsu/core/recordedNumber"
import { Servers } from "@kugetsu/core/Servers"
import { Clock, DateTime, Effect } from "effect"

/** For all that is asked of the forge at once. */
const FORGE_LIMIT_MS = 60_000

/** What came of it. */
export interface BroughtAbout {
  readonly record: RunPullRequest
  /** A person must do something, or else there is none. */
  readonly needsPerson: boolean
}

/** The run's pull request: found, else opened where one is wanted. What the forge will not or cannot do is an answer. */
export const bringAbout = Effect.fn("bringAbout")(function* (
  ref: IssueRef,
  exit: RunExit,
  due: PullRequestDue,
  /** Vain tries before this one. */
  attempts: number,
) {
  const now = yield* Clock.currentTimeMillis
  const record = (state: RunPullRequest["state"], rest: Partial<RunPullRequest> = {}): RunPullRequest => ({
    version: 1,
    state,
    pull_request: null,
    reason: null,
    attempts,
    again_at: null,
    at: timestamp(DateTime.makeUnsafe(now)),
    ...rest,
  })
  const settled = (known: RunPullRequest, needsPerson = false): BroughtAbout => ({ record: known, needsPerson })

  return yield* findOrOpen(ref, exit, due).pipe(
    Effect.timeoutOrElse({ duration: FORGE_LIMIT_MS, orElse: () => Effect.fail(noAnswerInTime(ref)) }),
    Effect.map(({ opened, pullRequest, reason }) =>
      settled(
        record(pullRequest === null ? "none" : opened ? "opened" : "found", { pull_request: pullRequest, reason }),
      ),
    ),
    Effect.catchTags({
      PullRequestRefused: ({ message, remedy }) =>
        Effect.succeed(settled(record("refused", { reason: `${message} (${remedy})` }), true)),
      ForgeUnknown: (unknown) => {
        const again = isHopeless(unknown) ? null : nextTry(attempts + 1, now, untilOf(unknown))
        const reason = `${unknown.message} (${unknown.remedy})`
        const failed = record("unknown", {
          reason,
          attempts: attempts + 1,
          again_at: again === null ? null : timestamp(DateTime.makeUnsafe(again)),
        })
        return Effect.succeed(settled(failed, !isHopeless(unknown) && (again === null || !passes(unknown))))
      },
    }),
  )
})

/** A pull request that was opened, or what is there in its place, and why nothing more was done. */
interface Brought {
  readonly opened: boolean
  readonly pullRequest: PullRequest | null
  readonly reason: string | null
}

const findOrOpen = Effect.fnUntraced(function* (ref: IssueRef, exit: RunExit, due: PullRequestDue) {
  const pullRequests = yield* PullRequests
  const number = yield* orMisconfigured(ref, recordedNumber(ref, exit.pr_url))
  const head = exit.work?.commits.at(-1)?.sha ?? null
  const found = yield* pullRequests.deciding(ref, { number, branch: due.branch, head })
  const left = (reason: string | null): Brought => ({ pullRequest: found, opened: false, reason })
  const commits = exit.work?.commits.length ?? 0
  if (due.open === "never" || !wantsAnother(found, commits)) return left(null)
  const coverage = found === null ? "not_covered" : yield* coverageOf(ref, due.branch, found)
  if (coverage !== "not_covered") return left(notAnother[coverage])
  const draft = due.open === "draft"
  const isHere = yield* orMisconfigured(ref, isOnePlace(yield* Servers, ref))
  const text = pullRequestText({
    ref,
    issue: yield* issueOf(ref),
    isHere,
    exit,
    draft,
    redact: yield* redactorFor(ref),
  })
  const { base, branch } = due
  const opened = yield* pullRequests.create(ref, { ...text, branch, base, draft })
  return { pullRequest: opened, opened: true, reason: null } satisfies Brought
})

const notAnother = {
  covered: null,
  gone: "the remote has its branch no more",
  unknown: "no other was opened, as it could not be learnt whether it has all commits of the branch",
} as const

/** A remote that cannot be asked is asked again, as a forge is. */
const coverageOf = (ref: IssueRef, branch: string, found: PullRequest) =>
  Effect.mapError(coversBranch(ref, branch, found), ({ message, remedy }) =>
    notLearnt(ref, "unavailable", `what its branch has could not be learnt: ${message}`, remedy),
  )

/** What cannot be recognised cannot be left out, so that nothing is published. */
const redactorFor = (ref: IssueRef) =>
  Effect.flatMap(EnvFiles, ({ list, read }) => Effect.flatMap(list, (names) => Effect.forEach(names, read))).pipe(
    Effect.mapError(({ message, remedy }) =>
      notLearnt(ref, "misconfigured", `what must not be published is not known: ${message}`, remedy),
    ),
    Effect.andThen(redactor),
  )

/** null: it is no issue of the forge's, or the forge does not tell. */
const issueOf = Effect.fnUntraced(function* (ref: IssueRef) {
  if (!/^\d+$/.test(ref.identifier)) return null
  return yield* (yield* Issues)
    .read(ref)
    .pipe(Effect.catchTag("ForgeUnknown", (unknown) => Effect.as(Effect.logInfo(unknown.message), null)))
})

const orMisconfigured = <A, R>(ref: IssueRef, question: Effect.Effect<A, Failure, R>) =>
  Effect.mapError(question, ({ message, remedy }) => notLearnt(ref, "misconfigured", message, remedy))

const noAnswerInTime = (ref: IssueRef) =>
  notLearnt(ref, "unavailable", `no answer within ${FORGE_LIMIT_MS / 1000} s`, "Look whether the forge can be reached.")

const notLearnt = (ref: IssueRef, reason: ForgeUnknown["reason"], detail: string, remedy: string) =>
  new ForgeUnknown({
    host: ref.instance,
    operation: `the pull request of ${ref.toString()}`,
    reason,
    detail,
    until: null,
    remedy,
  })

/** Nobody set it up: nothing is missed, and asking again tells the same. */
const isHopeless = ({ reason }: ForgeUnknown): boolean => reason === "no_token" || reason === "unknown_forge"

/** Whether it may answer another time without anybody's help. */
const passes = ({ reason }: ForgeUnknown): boolean =>
  reason === "rate_limited" || reason === "unavailable" || reason === "bad_answer"

const untilOf = ({ until }: ForgeUnknown): number | null => (until === null ? null : Date.parse(until))

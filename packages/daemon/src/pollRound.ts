import { afterAnswer, afterFailure, withRest } from "@kugetsu/core/domain/pollAnswer"
import { planRound, pollLimits, rests, withSubjects } from "@kugetsu/core/domain/PollPlan"
import type { Poll, Polls } from "@kugetsu/core/domain/Polls"
import { Allowance, ForgeAllowance } from "@kugetsu/core/ForgeAllowance"
import { PullRequests } from "@kugetsu/core/PullRequests"
import { recordedNumber } from "@kugetsu/core/recordedNumber"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { Clock, Effect, Ref } from "effect"
import { Pace } from "./Pace.ts"
import { keepPolls, loadPolls } from "./PollMemory.ts"
import { pollSubjects, type TidiedIssue } from "./pollSubjects.ts"
import { tidyAway } from "./tidyAway.ts"

/**
 * Asks for a few pull requests, those longest due, and takes away a worktree whose pull request came to its end a while
 * ago. What it learnt is on disk: a restart neither asks all at once nor begins the time of grace anew.
 */
export const pollRound = Effect.fn("pollRound")(function* (settings: SettingsSnapshot) {
  // nobody else can tell that the work is done
  if (!settings.checkPullRequestState) return
  const before = yield* loadPolls
  const subjects = yield* pollSubjects
  const { poll: pace } = yield* Pace
  const now = yield* Clock.currentTimeMillis
  const polls = yield* Ref.make(withSubjects(before, subjects, now, pace))
  yield* Effect.ensuring(
    Effect.gen(function* () {
      const plan = { graceMs: settings.worktreeGraceMs, limits: pollLimits }
      const chosen = (keys: ReadonlyArray<string>) => subjects.filter(({ key }) => keys.includes(key))
      const allowance = new Allowance(pollLimits)
      for (const subject of chosen(planRound(yield* Ref.get(polls), subjects, now, plan).ask)) {
        // whoever is left over is the longest due in the next round
        if (!allowance.isSpent) yield* Effect.provideService(askFor(subject, polls), ForgeAllowance, allowance)
      }
      const at = yield* Clock.currentTimeMillis
      for (const subject of chosen(planRound(yield* Ref.get(polls), subjects, at, plan).remove)) {
        const tidied = tidyAway(subject, (yield* Ref.get(polls)).issues[subject.key]!)
        const own = new Allowance(pollLimits)
        yield* update(polls, subject, yield* Effect.provideService(tidied, ForgeAllowance, own))
      }
    }),
    Effect.gen(function* () {
      const after = yield* Ref.get(polls)
      if (JSON.stringify(after) === JSON.stringify(before)) return
      yield* keepPolls(after)
    }).pipe(Effect.catch((failure) => Effect.logError(failure.message))),
  )
})

type Memory = Ref.Ref<Polls>

const update = (polls: Memory, { key }: TidiedIssue, poll: Poll) =>
  Ref.update(polls, (all) => ({ ...all, issues: { ...all.issues, [key]: poll } }))

const askFor = Effect.fnUntraced(function* (subject: TidiedIssue, polls: Memory) {
  const { host, key, ref, session } = subject
  const { poll: pace } = yield* Pace
  const memory = yield* Ref.get(polls)
  const poll = memory.issues[key]
  // it may have said so a moment ago
  if (poll === undefined || rests(memory, host, yield* Clock.currentTimeMillis)) return
  const pullRequests = yield* PullRequests
  const answer = yield* recordedNumber(ref, session.pr_url).pipe(
    Effect.flatMap((number) => pullRequests.deciding(ref, { number, branch: session.branch_name })),
    Effect.result,
  )
  const now = yield* Clock.currentTimeMillis
  if (answer._tag === "Success") return yield* update(polls, subject, afterAnswer(poll, answer.success, now, pace))
  const unknown = answer.failure
  yield* Effect.logInfo(`${unknown.message}; it is asked again`)
  if (unknown._tag === "ForgeUnknown" && unknown.reason === "rate_limited") {
    const until = unknown.until === null ? null : Date.parse(unknown.until)
    return yield* Ref.update(polls, (all) => withRest(all, host, until, now, pace))
  }
  yield* update(polls, subject, afterFailure(poll, now, pace))
})

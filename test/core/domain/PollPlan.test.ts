import { expect, test } from "bun:test"
import {
  afterAnswer,
  afterFailure,
  afterRefusal,
  afterReopening,
  pollPace,
  withRest,
} from "@kugetsu/core/domain/pollAnswer"
import { planRound, pollLimits, type PollSubject, withSubjects } from "@kugetsu/core/domain/PollPlan"
import { noPolls, type Poll, type Polls } from "@kugetsu/core/domain/Polls"
import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import { Arbitrary, Schema } from "effect"
import { holdsForAll } from "../../kit/property.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const T = Date.parse("2026-11-20T06:00:00Z")

const subject = (key: string, more: Partial<PollSubject> = {}): PollSubject => ({
  key,
  host: "h",
  run: "r1",
  prUrl: null,
  busy: false,
  ...more,
})
const pull = (state: PullRequestState, number = 7): PullRequest => ({
  number,
  url: "u",
  state,
  branch: "b",
  head: null,
})
const plan = (polls: Polls, subjects: ReadonlyArray<PollSubject>, now: number, graceMs = 24 * HOUR) =>
  planRound(polls, subjects, now, { graceMs, limits: pollLimits })
const memoryOf = (subjects: ReadonlyArray<PollSubject>, now = T, polls = noPolls) =>
  withSubjects(polls, subjects, now, pollPace)
const change = (polls: Polls, key: string, to: (poll: Poll) => Poll): Polls => ({
  ...polls,
  issues: { ...polls.issues, [key]: to(polls.issues[key]!) },
})
const pauseOf = (poll: Poll, now: number) => Date.parse(poll.next_at) - now

test("an issue is asked about two minutes after its run, then ever more rarely, up to an hour, while nothing changes", () => {
  const subjects = [subject("a")]
  let polls = memoryOf(subjects)
  expect(plan(polls, subjects, T + 2 * MINUTE - 1).ask).toEqual([])
  const pauses: Array<number> = []
  let now = T + 2 * MINUTE
  for (let n = 0; n < 8; n++) {
    expect(plan(polls, subjects, now).ask).toEqual(["a"])
    polls = change(polls, "a", (poll) => afterAnswer(poll, pull("open"), now, pollPace))
    const pause = pauseOf(polls.issues.a!, now)
    pauses.push(pause / MINUTE)
    expect(plan(polls, subjects, now + pause - 1).ask).toEqual([])
    now += pause
  }
  expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60, 60])
  const changed = afterAnswer(polls.issues.a!, pull("merged"), now, pollPace)
  expect(pauseOf(changed, now)).toBe(2 * MINUTE)
})

test("another run, or another pull request in the record, begins anew; what stays the same is kept, what is gone is forgotten", () => {
  const before = change(memoryOf([subject("a"), subject("b")]), "a", (poll) =>
    afterAnswer(poll, pull("merged"), T, pollPace),
  )
  expect(memoryOf([subject("a")], T + HOUR, before).issues).toEqual({ a: before.issues.a! })
  for (const more of [{ run: "r2" }, { prUrl: "https://h/o/r/pull/9" }]) {
    const { a } = memoryOf([subject("a", more)], T + HOUR, before).issues
    expect([a!.state, a!.ended_at, pauseOf(a!, T + HOUR)]).toEqual([null, null, 2 * MINUTE])
  }
})

test("a worktree may go when its pull request has been merged or closed for the whole time of grace, seen without a break", () => {
  const subjects = [subject("a")]
  for (const state of ["merged", "closed"] as const) {
    const polls = change(memoryOf(subjects), "a", (poll) => afterAnswer(poll, pull(state), T, pollPace))
    expect(plan(polls, subjects, T + 24 * HOUR - 1).remove).toEqual([])
    expect(plan(polls, subjects, T + 24 * HOUR).remove).toEqual(["a"])
    expect(plan(polls, subjects, T, 0).remove).toEqual(["a"])
    const seenAgain = change(polls, "a", (poll) => afterAnswer(poll, pull(state), T + 12 * HOUR, pollPace))
    expect(plan(seenAgain, subjects, T + 24 * HOUR).remove).toEqual(["a"])
    for (const between of [pull("open"), pull("draft"), null, pull(state, 8)]) {
      const reopened = change(polls, "a", (poll) =>
        afterAnswer(
          afterAnswer(poll, between, T + HOUR, pollPace),
          pull(state, between?.number ?? 7),
          T + 2 * HOUR,
          pollPace,
        ),
      )
      expect(plan(reopened, subjects, T + 24 * HOUR).remove).toEqual([])
    }
    expect(
      plan(
        change(polls, "a", (poll) => afterReopening(poll, T, pollPace)),
        subjects,
        T + 48 * HOUR,
      ).remove,
    ).toEqual([])
    expect(plan(polls, [subject("a", { busy: true })], T + 48 * HOUR)).toEqual({ ask: [], remove: [] })
  }
  for (const state of ["open", "draft"] as const) {
    const polls = change(memoryOf(subjects), "a", (poll) => afterAnswer(poll, pull(state), T, pollPace))
    expect(plan(polls, subjects, T + 999 * HOUR, 0).remove).toEqual([])
  }
})

test("what had to stay is tried again after an hour, then after two, at last once a day", () => {
  let poll = afterAnswer(memoryOf([subject("a")]).issues.a!, pull("merged"), T, pollPace)
  const pauses = [1, 2, 3, 4, 5, 6, 7].map(() => {
    poll = afterRefusal(poll, T, pollPace)
    return (Date.parse(poll.remove_after!) - T) / HOUR
  })
  expect(pauses).toEqual([1, 2, 4, 8, 16, 24, 24])
  const polls: Polls = { ...noPolls, issues: { a: poll } }
  expect(plan(polls, [subject("a")], T + 24 * HOUR - 1, 0).remove).toEqual([])
})

test("errors make the pause longer, up to four hours, and an answer makes it short again", () => {
  let poll = memoryOf([subject("a")]).issues.a!
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map(() => pauseOf((poll = afterFailure(poll, T, pollPace)), T) / MINUTE)
  expect(pauses).toEqual([4, 8, 16, 32, 64, 128, 240, 240])
  expect(pauseOf(afterAnswer(poll, pull("open"), T, pollPace), T)).toBe(2 * MINUTE)
})

test("a host is let alone as long as it says, ten minutes where it does not, and never longer than a day; others are asked", () => {
  const subjects = [subject("a"), subject("b", { host: "other" })]
  const polls = memoryOf(subjects)
  const now = T + HOUR
  for (const [until, endsAt] of [
    [now + 90 * MINUTE, now + 90 * MINUTE],
    [null, now + 10 * MINUTE],
    [now + 999 * HOUR, now + 24 * HOUR],
    [now - HOUR, now],
  ] as const) {
    const resting = withRest(polls, "h", until, now, pollPace)
    expect(plan(resting, subjects, endsAt - 1).ask).toEqual(["b"])
    expect(plan(resting, subjects, endsAt).ask).toEqual(["a", "b"])
  }
})

const Step = Schema.Struct({
  waitMs: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 * HOUR })),
  answers: Schema.Array(Schema.Literals(["open", "merged", "none", "error", "limit"])),
})
const Story = Schema.Struct({
  issues: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 })),
  hosts: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 })),
  steps: Schema.Array(Step),
})

test("never more than so many in a round, never before a host's time, and whoever waited longest comes first", () =>
  holdsForAll(Arbitrary.schema(Story), ({ hosts, issues, steps }) => {
    const subjects = Array.from({ length: issues }, (_, n) => subject(`i${n}`, { host: `h${n % hosts}` }))
    let polls = memoryOf(subjects)
    let now = T
    for (const { answers, waitMs } of steps) {
      now += waitMs
      polls = withSubjects(polls, subjects, now, pollPace)
      const { ask, remove } = plan(polls, subjects, now)
      if (ask.length > pollLimits.ask || remove.length > pollLimits.remove || new Set(ask).size < ask.length)
        return false
      const timeOf = (key: string) => Date.parse(polls.issues[key]!.next_at)
      const mayAsk = subjects.filter(({ host }) => !(Date.parse(polls.hosts[host] ?? "") > now)).map(({ key }) => key)
      if (ask.some((key) => timeOf(key) > now || !mayAsk.includes(key))) return false
      // nobody who is due and was left out waited longer than one who was asked
      const leftOut = mayAsk.filter((key) => !ask.includes(key) && timeOf(key) <= now)
      if (leftOut.length > 0 && ask.length < pollLimits.ask) return false
      if (leftOut.some((key) => ask.some((asked) => timeOf(asked) > timeOf(key)))) return false
      for (const [n, key] of ask.entries()) {
        const answer = answers[n] ?? "open"
        const { host } = subjects.find((one) => one.key === key)!
        if (answer === "limit") polls = withRest(polls, host, now + HOUR, now, pollPace)
        else {
          polls = change(polls, key, (poll) =>
            answer === "error"
              ? afterFailure(poll, now, pollPace)
              : afterAnswer(poll, answer === "none" ? null : pull(answer), now, pollPace),
          )
          if (timeOf(key) <= now) return false
        }
      }
    }
    return true
  }))

test("among many issues every one is asked about within a turn of them all", () => {
  const subjects = Array.from({ length: 53 }, (_, n) => subject(`i${n}`))
  let polls = memoryOf(subjects)
  const asked = new Set<string>()
  for (let round = 0; round < Math.ceil(53 / pollLimits.ask); round++) {
    const now = T + 2 * MINUTE + round * 30_000
    for (const key of plan(polls, subjects, now).ask) {
      asked.add(key)
      polls = change(polls, key, (poll) => afterAnswer(poll, pull("open"), now, pollPace))
    }
  }
  // those asked first are due again before the last ones had their first turn, and stand behind them
  expect(asked.size).toBe(53)
})

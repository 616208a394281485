import { newPoll, type PollPace } from "./pollAnswer.ts"
import type { Poll, Polls } from "./Polls.ts"

/** An issue with a worktree and a branch of its own. */
export interface PollSubject {
  readonly key: string
  readonly host: string
  readonly run: string | null
  readonly prUrl: string | null
  /** An agent works on it, or is to. */
  readonly busy: boolean
}

export interface PollLimits {
  /** Issues that are asked about in one round, at most. */
  readonly ask: number
  /** Worktrees that may go in one round, at most: each is asked about anew. */
  readonly remove: number
  /** Calls of all questions of a round together, and as many again for each removal. */
  readonly calls: number
}

/** The calls are more than the longest list has pages, so that each question can be answered in some round. */
export const pollLimits: PollLimits = { ask: 5, remove: 1, calls: 150 }

/** The memory for exactly these issues: what is new, or had another run, begins anew. */
export const withSubjects = (
  polls: Polls,
  subjects: ReadonlyArray<PollSubject>,
  now: number,
  pace: PollPace,
): Polls => ({
  ...polls,
  issues: Object.fromEntries(
    subjects.map(({ key, prUrl, run }) => {
      const known = Object.hasOwn(polls.issues, key) ? polls.issues[key] : undefined
      return [key, known?.run === run && known.pr_url === prUrl ? known : newPoll(run, prUrl, now, pace)]
    }),
  ),
  hosts: Object.fromEntries(Object.entries(polls.hosts).filter(([, until]) => Date.parse(until) > now)),
})

/** Which are asked about in this round, and which worktrees may be looked at whether they can go; longest due first. */
export const planRound = (
  polls: Polls,
  subjects: ReadonlyArray<PollSubject>,
  now: number,
  { graceMs, limits }: { readonly graceMs: number; readonly limits: PollLimits },
): { readonly ask: ReadonlyArray<string>; readonly remove: ReadonlyArray<string> } => {
  const may = subjects.filter(({ busy, host }) => !busy && !rests(polls, host, now))
  const due = (at: (poll: Poll) => number | null, limit: number) =>
    may
      .flatMap(({ key }) => {
        const poll = polls.issues[key]
        const time = poll === undefined ? null : at(poll)
        return time === null || time > now ? [] : [{ key, time }]
      })
      .sort((a, b) => a.time - b.time || (a.key < b.key ? -1 : 1))
      .slice(0, limit)
      .map(({ key }) => key)
  return {
    ask: due(({ next_at }) => Date.parse(next_at), limits.ask),
    remove: due(({ ended_at, remove_after }) => removableAt(ended_at, remove_after, graceMs), limits.remove),
  }
}

/** Whether the host wants to be let alone. */
export const rests = ({ hosts }: Pick<Polls, "hosts">, host: string, now: number): boolean =>
  Object.hasOwn(hosts, host) && Date.parse(hosts[host] ?? "") > now

const removableAt = (endedAt: string | null, after: string | null, graceMs: number): number | null =>
  endedAt === null ? null : Math.max(Date.parse(endedAt) + graceMs, after === null ? 0 : Date.parse(after))

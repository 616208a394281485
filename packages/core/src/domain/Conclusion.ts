import type { FailureRecord } from "./Failure.ts"
import { type Mismatch, sentenceOf } from "./Isolation.ts"
import type { Outcome } from "./Outcome.ts"
import type { PullRequest } from "./PullRequest.ts"
import type { Clock, WorkEvidence } from "./Run.ts"
import type { SessionState } from "./Session.ts"
import type { QuotaRefusal, TurnReport } from "./TurnReport.ts"

/** Everything that was seen of a run when it ended. null: was not reached, or could not be learnt. */
export interface RunFacts {
  /** Who asked for the end; null: nobody. */
  readonly stoppedBy: string | null
  /** The supervisor was told to end (shutdown, reboot, scope), and no person asked for it. */
  readonly interrupted: boolean
  /** Why no turn was started. */
  readonly failure: FailureRecord | null
  readonly clock: { readonly which: Clock; readonly limitMs: number } | null
  /** For which the turn was ended; null or left out: it was not. */
  readonly putOff?: QuotaRefusal | null
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null
  readonly turn: TurnReport | null
  /** null: there is none to speak of (the PM), or it could not be learnt. */
  readonly work: WorkEvidence | null
  /** Why git could not be asked about the work of an issue; null: it was. */
  readonly workUnknown: string | null
  /** What was not in its place any more after the turn. */
  readonly misplaced?: ReadonlyArray<Mismatch>
  /** What went otherwise than wished on the way, and is to be told. */
  readonly notes: ReadonlyArray<string>
}

export interface Conclusion {
  readonly outcome: Outcome
  readonly evidence: ReadonlyArray<string>
}

/** `off_branch` when no branch is checked out: in the middle of a rebase, or a commit looked at. */
export const DETACHED = "HEAD"

/** The first words of an agent's last message when it cannot go on without a person; the prompt asks for them. */
export const BLOCKED = "BLOCKED:"

/** From facts to the one outcome. Exit 0 alone proves nothing; a contradiction is a failure. */
export const conclude = (facts: RunFacts): Conclusion => {
  const verdict = judge(facts)
  const said = verdict.because.join("; ")
  const misplaced = (facts.misplaced ?? []).map(sentenceOf).filter((sentence) => !said.includes(sentence))
  return { outcome: verdict.outcome, evidence: [...verdict.because, ...describe(facts), ...misplaced, ...facts.notes] }
}

interface Verdict {
  readonly outcome: Outcome
  readonly because: ReadonlyArray<string>
}

const judge = (facts: RunFacts): Verdict => {
  const { exit, turn, work } = facts
  const because = (outcome: Outcome, ...reasons: ReadonlyArray<string>): Verdict => ({ outcome, because: reasons })

  if (!cameToItsEnd(facts)) {
    if (facts.stoppedBy !== null) return because("stopped", `stopped by ${facts.stoppedBy}`)
    if (facts.interrupted) return because("lost", "interrupted from outside, by no wish of a person")
  }
  if (facts.failure !== null) {
    const what = exit === null ? "nothing was started" : "the run could not be looked after to its end"
    return because("failed", `${what}: ${facts.failure.message}`)
  }
  if (facts.clock !== null) return clockVerdict(facts.clock, turn)
  // whatever the agent made of its end
  if (facts.putOff != null && !cameToItsEnd(facts)) return because("quota_wait", quotaText(facts.putOff))
  if (turn === null || exit === null) return because("failed", "the agent's output could not be read")

  if (turn.permission_asked !== null) {
    return because("needs_input", `opencode asked for a permission nobody was there to give: ${turn.permission_asked}`)
  }
  if (turn.quota !== null && (turn.error !== null || exit.code !== 0))
    return because("quota_wait", quotaText(turn.quota))
  if (exit.signal !== null) return because("failed", `opencode was killed by ${exit.signal}`)
  if (turn.error !== null) return because("failed", errorText(turn.error))
  if (exit.code !== 0) return because("failed", `opencode ended with exit code ${exit.code}`)
  if (turn.events === 0) return because("failed", "opencode ended with exit code 0 without a single event")
  if (turn.last_step !== "stop") {
    return because("failed", `the last step did not come to an end (${turn.last_step ?? "none was finished"})`)
  }
  if (facts.workUnknown !== null) return because("failed", `what was done could not be learnt: ${facts.workUnknown}`)
  const elsewhere = facts.misplaced?.find(({ tie }) => tie !== "branch")
  if (elsewhere !== undefined) return because("failed", `the agent left its place: ${sentenceOf(elsewhere)}`)
  return workVerdict(turn, work)
}

/** A turn that ended well before anybody could end it is judged by what it did, though its end was asked for meanwhile. */
const cameToItsEnd = ({ clock, exit, failure, turn }: RunFacts): boolean =>
  failure === null && clock === null && exit?.code === 0 && turn?.error === null && turn.last_step === "stop"

const clockVerdict = (clock: { readonly which: Clock; readonly limitMs: number }, turn: TurnReport | null): Verdict => {
  if (clock.which !== "total" && turn?.quota != null) {
    return {
      outcome: "quota_wait",
      because: [quotaText(turn.quota), `no sign of life for ${span(clock.limitMs)} since`],
    }
  }
  switch (clock.which) {
    case "total":
      return {
        outcome: "timed_out",
        because: [`ran for the whole limit of ${span(clock.limitMs)} (TASK_TIMEOUT_HOURS)`],
      }
    case "startup":
      return {
        outcome: "idle_timed_out",
        because: [`no first event within ${span(clock.limitMs)} (TASK_STARTUP_TIMEOUT_MINUTES)`],
      }
    case "idle":
      return {
        outcome: "idle_timed_out",
        because: [`no output and no work of any process for ${span(clock.limitMs)} (TASK_IDLE_TIMEOUT_MINUTES)`],
      }
  }
}

const workVerdict = (turn: TurnReport, work: WorkEvidence | null): Verdict => {
  const words = turn.last_text?.trim() ?? ""
  if (words.startsWith(BLOCKED)) return { outcome: "needs_input", because: ["the agent says it cannot go on alone"] }
  if (work !== null && work.off_branch !== null && work.off_branch !== DETACHED) {
    return { outcome: "failed", because: [`the agent left the issue's branch for ${work.off_branch}`] }
  }
  if (work !== null && work.commits.length > 0) {
    if (!isOpen(work.pull_request) || work.pushed !== true) return { outcome: "committed", because: [] }
    return { outcome: work.pull_request_before ? "pr_updated" : "pr_opened", because: [] }
  }
  if (work?.dirty_changed === true) {
    return { outcome: "failed", because: ["files were changed, and nothing was committed"] }
  }
  if (words === "") return { outcome: "failed", because: ["the agent ended without a word and without a commit"] }
  return { outcome: "no_change", because: ["the agent changed nothing, and says why"] }
}

const isOpen = (pullRequest: PullRequest | null): boolean =>
  pullRequest !== null && (pullRequest.state === "open" || pullRequest.state === "draft")

const describe = ({ clock, exit, turn, work }: RunFacts): ReadonlyArray<string> => [
  ...(exit === null ? [] : [exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`]),
  ...(turn === null ? [] : turnText(turn, clock !== null)),
  ...(work === null ? [] : workText(work)),
]

const turnText = (turn: TurnReport, clockRanOut: boolean): ReadonlyArray<string> => [
  `${turn.events} events${turn.malformed_lines > 0 ? `, ${turn.malformed_lines} lines that are none` : ""}`,
  ...(clockRanOut ? [`last seen: ${turn.last_tool ?? turn.last_text ?? "nothing"}`] : []),
  ...(clockRanOut && turn.error !== null ? [errorText(turn.error)] : []),
]

const workText = (work: WorkEvidence): ReadonlyArray<string> => [
  `${work.commits.length} ${work.commits.length === 1 ? "commit" : "commits"}`,
  ...(work.commits.length === 0 || work.pushed === null ? [] : [work.pushed ? "pushed" : "not pushed"]),
  ...(work.off_branch === DETACHED ? ["no branch is checked out"] : []),
  ...(work.dirty === true ? ["the tree has uncommitted changes"] : []),
  ...(work.pull_request_unknown === null
    ? []
    : [`whether there is a pull request is unknown: ${work.pull_request_unknown}`]),
  ...(work.pull_request === null ? [] : [`pull request ${work.pull_request.url} is ${work.pull_request.state}`]),
]

const errorText = (error: NonNullable<TurnReport["error"]>): string =>
  `opencode reported ${error.name}${error.status === null ? "" : ` (HTTP ${error.status})`}: ${error.message}`

const quotaText = (quota: QuotaRefusal): string =>
  quota.retry_after_s === null
    ? "the provider refuses for its quota"
    : `the provider refuses for its quota, for another ${quota.retry_after_s} s`

const span = (ms: number): string =>
  ms >= 3_600_000 ? `${round(ms / 3_600_000)} h` : ms >= 60_000 ? `${round(ms / 60_000)} min` : `${round(ms / 1000)} s`

const round = (n: number) => Math.round(n * 10) / 10

/** What the session's file says after a run. */
export const sessionStateAfter = (outcome: Outcome): SessionState => {
  switch (outcome) {
    case "pr_opened":
    case "pr_updated":
    case "committed":
    case "no_change":
      return "completed"
    case "needs_input":
    case "lost":
    case "stopped":
    case "quota_wait":
      return "idle"
    case "failed":
      return "error"
    case "timed_out":
    case "idle_timed_out":
      return "timeout"
  }
}

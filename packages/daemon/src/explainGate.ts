import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { Gate, GateName } from "@kugetsu/core/domain/Schedule"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { DateTime } from "effect"

/** Why something runs or does not. */
export interface Explanation {
  readonly running: boolean
  /** What it stands at: one of the scheduler's gates, or how far it has come. null while it runs. */
  readonly gate:
    | GateName
    | "no_daemon"
    | "held_back"
    | "starting"
    | "unsettled"
    | "unreadable"
    | "completed"
    | "error"
    | "unknown"
    | null
  readonly detail: string
  /** When time alone opens the gate (ISO 8601). */
  readonly until: string | null
}

export const explained = (gate: Explanation["gate"], detail: string, until: string | null = null): Explanation => ({
  running: gate === null,
  gate,
  detail,
  until,
})

/** A gate in words; `run` is the newest one of the item's issue. */
export const explainGate = (
  gate: Gate,
  item: Pick<QueueItem, "issue_ref" | "error">,
  run: string | null,
): Explanation => {
  switch (gate._tag) {
    case "Paused":
      return explained("paused", "the queue is paused; kugetsu queue resume ends it")
    case "DiskFull": {
      const [free, needed] = [gate.freeBytes, gate.neededBytes].map((bytes) => Math.floor(bytes / 1e6))
      return explained("disk_full", `${free} MB of disk are free, and nothing is started below ${needed} MB`)
    }
    case "NotBefore": {
      const until = timestamp(DateTime.makeUnsafe(gate.until))
      const tried = item.error === null ? "it was put off" : `it is tried again after: ${item.error};`
      return explained("not_before", `${tried} until ${until}`, until)
    }
    case "IssueBusy": {
      const which = run === null ? "" : `, in run ${run}`
      return explained("issue_busy", `an agent is at work on ${item.issue_ref ?? "a task of the PM"}${which}`)
    }
    case "BehindSameIssue":
      return explained("behind_same_issue", `${gate.id} is for the same issue, and its turn comes first`)
    case "LimitReached": {
      const ahead = gate.ahead === 0 ? "it is the next" : `${gate.ahead} wait before it`
      return explained("limit_reached", `${gate.held} of ${gate.limit} slots are taken, and ${ahead}`)
    }
    case "Staggered": {
      const until = timestamp(DateTime.makeUnsafe(gate.until))
      return explained("staggered", "agents are started one after the other, with a gap", until)
    }
  }
}

/** The issue is held by a person. */
export const explainScreen = ({ issue_ref }: Pick<QueueItem, "issue_ref">): Explanation =>
  explained("issue_busy", `the session of ${issue_ref ?? "the PM"} is open on a screen; it goes on when that is left`)

import { Schema } from "effect"
import { ExitCode } from "./Failure.ts"

/** What a run came to. What each does to item, session and retry is the table in docs/formats.md. */
export const Outcome = Schema.Literals([
  "pr_opened",
  "pr_updated",
  "committed",
  "no_change",
  "needs_input",
  "failed",
  "timed_out",
  "idle_timed_out",
  "stopped",
  "lost",
  "quota_wait",
])
export type Outcome = typeof Outcome.Type

/** The exit code of the command that waited for the run. */
export const exitCodeOf = (outcome: Outcome): number => {
  switch (outcome) {
    case "pr_opened":
    case "pr_updated":
    case "committed":
    case "no_change":
      return ExitCode.done
    case "needs_input":
    case "failed":
    case "timed_out":
    case "idle_timed_out":
    case "lost":
      return ExitCode.failed
    case "stopped":
      return ExitCode.interrupted
    case "quota_wait":
      return ExitCode.unavailable
  }
}

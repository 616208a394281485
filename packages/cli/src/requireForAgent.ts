import { ExitCode } from "@kugetsu/core/domain/Failure"
import { pmCommands, refusedToPm } from "@kugetsu/core/domain/pmCommands"
import { runningAgent } from "@kugetsu/core/runningAgent"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Result, Schema } from "effect"

/** The PM looks, leaves tasks and writes comments; all else is for people and for the agents of issues. */
export class NotForPm extends Schema.TaggedError<NotForPm>()("NotForPm", { reason: Schema.String }) {
  readonly code = ExitCode.refused
  override get message() {
    return this.reason
  }
  get remedy() {
    return `Its commands are: ${pmCommands.map((words) => `kugetsu ${words}`).join(", ")}.`
  }
}

export const requirePmWords = (words: ReadonlyArray<string>): Result.Result<void, NotForPm> => {
  const reason = refusedToPm(words)
  return reason === null ? Result.void : Result.fail(new NotForPm({ reason }))
}

/** Refuses what is not for the agent in whose run this is. */
export const requireForAgent = Effect.fn("requireForAgent")(function* (words: ReadonlyArray<string>) {
  if ((yield* runningAgent) === "pm-agent") yield* Effect.fromResult(requirePmWords(words))
}, Effect.provide(KugetsuHome.layer))

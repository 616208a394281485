import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { openScreen } from "@kugetsu/daemon/openScreen"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { tellConfigWarnings } from "../configWarnings.ts"
import { Json } from "../flags.ts"
import { issue } from "../launchRun.ts"
import { onOwnTerminal } from "../onOwnTerminal.ts"
import { isInteractive, tell } from "../terminal.ts"
import { UsageError } from "../UsageError.ts"

export const open = Command.make("open", { issue }, (given) =>
  Effect.gen(function* () {
    yield* requireTerminal
    const ref = yield* resolveIssue(given.issue)
    yield* tellConfigWarnings
    yield* tell(`opencode's own screen opens on ${ref.toString()}; no agent starts there until it is left, with /exit`)
    const { other, session, shown } = yield* openScreen(ref, ({ command, descriptors }) =>
      onOwnTerminal(command, descriptors),
    )
    if (other !== null) {
      yield* tell(
        `Session ${other} was begun there; the issue's is still ${session}, and its agent goes on in that one.`,
      )
    }
    if (shown.by !== null) yield* tell(`The screen was ended by ${shown.by}; the conversation is kept.`)
    else if (shown.code !== 0) yield* tell(`The screen ended with ${shown.code}; the conversation is kept.`)
    if (shown.code !== 0) return yield* endWith(shown.code)
  }).pipe(Effect.scoped),
).pipe(
  Command.withDescription(
    "Opens opencode's own screen on an issue's session, in its worktree and with what its agents have. No agent starts on the issue meanwhile, and the conversation is kept.",
  ),
  Command.withExamples([{ command: "kugetsu open github.com/you/repo#14" }]),
)

const requireTerminal = Effect.gen(function* () {
  if ((yield* isInteractive) && !(yield* Json)) return
  return yield* new UsageError({
    message: (yield* Json) ? "open shows a screen, and no JSON" : "open needs a terminal, and there is none",
    remedy: "kugetsu continue works without one; kugetsu logs shows what an agent did.",
  })
})

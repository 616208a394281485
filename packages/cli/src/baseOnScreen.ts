import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { AgentScreen } from "@kugetsu/core/AgentScreen"
import { ExitCode } from "@kugetsu/core/domain/Failure"
import { makeEmptyBase } from "@kugetsu/core/initialise"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { attach } from "@kugetsu/core/system/Processes"
import { Effect, Schema } from "effect"
import { keyPresses } from "./keyPresses.ts"
import { leaveScreen } from "./leaveScreen.ts"
import { isInteractive, tell } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

/** The screen was closed in a way that leaves no base session. */
export class ScreenFailed extends Schema.TaggedError<ScreenFailed>()("ScreenFailed", { detail: Schema.String }) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `there is no base session after opencode's screen: ${this.detail}`
  }
  get remedy() {
    return "Run kugetsu init --tui again, or kugetsu init, which needs no screen."
  }
}

const guide = [
  "opencode's own screen opens on the base session. Every issue's session begins as a copy of its conversation:",
  "tell it there what all agents should know. Then type /exit, and init goes on.",
].join("\n")

/** Lets the person prepare the base session on opencode's own screen, and gives the session that was used last. */
export const makeBaseOnScreen = Effect.fn("makeBaseOnScreen")(function* (place: AgentPlace) {
  const screen = yield* AgentScreen
  const command = yield* screen.open(place, yield* makeEmptyBase(place))
  const { TERM, COLORTERM } = yield* HostEnvironment
  yield* tell(guide)
  // Ctrl-C closes the screen; pressed once more, it must not cut off what records the session
  yield* keyPresses
  const { code, signal } = yield* attach({
    ...command,
    env: { ...command.env, ...(TERM && { TERM }), ...(COLORTERM && { COLORTERM }) },
  })
  if (code !== 0) yield* leaveScreen
  const session = yield* screen.newest(place)
  if (code !== 0 || session === null) {
    return yield* new ScreenFailed({ detail: signal === null ? `it ended with ${code}` : `it was ended by ${signal}` })
  }
  yield* (yield* Agent).verify(place, session)
  return session
})

/** Fails where there is no terminal to show a screen on. */
export const requireTerminal = Effect.gen(function* () {
  if (yield* isInteractive) return
  return yield* new UsageError({
    message: "--tui needs a terminal, and there is none",
    remedy: "Run kugetsu init without --tui: it needs no screen.",
  })
})

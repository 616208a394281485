import type { TurnCommand } from "@kugetsu/core/Agent"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { attach } from "@kugetsu/core/system/Processes"
import { Effect } from "effect"
import { endSignal, signalCode } from "./endSignal.ts"
import { leaveScreen } from "./leaveScreen.ts"

/**
 * Shows a full-screen program on this terminal until it ends, and gives its exit code. A signal that would end this
 * process ends the program, and leaves the rest to be done. The terminal is in order afterwards, also when it crashed.
 */
export const onOwnTerminal = Effect.fn("onOwnTerminal")(function* (
  command: TurnCommand,
  descriptors: ReadonlyArray<number>,
) {
  const { COLORTERM, TERM } = yield* HostEnvironment
  const signals = yield* endSignal
  const shown = attach({
    ...command,
    env: { ...command.env, ...(TERM && { TERM }), ...(COLORTERM && { COLORTERM }) },
    descriptors,
  })
  const ended = Effect.map(shown, ({ code, signal }) => ({ code: code ?? 1, by: signal }))
  const cut = Effect.map(signals.first, (signal) => ({ code: signalCode(signal), by: signal }))
  const end = yield* Effect.raceFirst(ended, cut)
  if (end.by !== null || end.code !== 0) yield* leaveScreen
  return end
})

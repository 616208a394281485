import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { requireInitialised } from "@kugetsu/core/requireInitialised"
import type { Overview } from "@kugetsu/daemon/Overview"
import { watchOverview } from "@kugetsu/daemon/watchOverview"
import { Clock, DateTime, Effect, Queue } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { endSignal, signalCode } from "../endSignal.ts"
import { Json } from "../flags.ts"
import { paint, printJsonLine, stdinIsTerminal, stdoutIsTerminal } from "../terminal.ts"
import { fullScreen } from "../top/fullScreen.ts"
import { topLines } from "../top/topLines.ts"
import { UsageError } from "../UsageError.ts"

export const top = Command.make("top", {}, () =>
  Effect.gen(function* () {
    const json = yield* Json
    if (!json) yield* requireTerminal
    yield* requireInitialised
    yield* json ? watchOverview(printSnapshot) : onScreen
  }),
).pipe(
  Command.withDescription(
    "Shows slots, running agents with what they did last, the queue, the daemon and notifications, as they change. It starts and ends nothing; as every look at the queue, it puts a record that cannot be understood aside, into queue/bad/. q or Ctrl-C ends it. With --json it prints a JSON document, on a line of its own, at each change.",
  ),
  Command.withExamples([
    { command: "kugetsu top" },
    { command: "kugetsu top --json | jq -c '.slots'", description: "A line at each change" },
  ]),
)

const requireTerminal = Effect.gen(function* () {
  if ((yield* stdinIsTerminal) && (yield* stdoutIsTerminal)) return
  return yield* new UsageError({
    message: "top needs a terminal, and there is none",
    remedy: "kugetsu status --json tells the state once, kugetsu top --json at each change.",
  })
})

const printSnapshot = Effect.fnUntraced(function* (overview: Overview) {
  yield* printJsonLine({ at: timestamp(yield* DateTime.now), ...overview })
})

/** Ages and clocks go on while nothing happens. Milliseconds. */
const REDRAW_MS = 1000

/** Ctrl-C as a key: on this screen it sends no signal. */
const CTRL_C = "\u0003"

const onScreen = Effect.gen(function* () {
  const painted = yield* paint
  const signals = yield* endSignal
  const screen = yield* fullScreen
  let latest: Overview | null = null
  const redraw = Effect.gen(function* () {
    if (latest === null) return
    const now = yield* Clock.currentTimeMillis
    yield* screen.draw(topLines(latest, { ...(yield* screen.size), now, paint: painted }))
  })
  const watching = watchOverview((overview) => {
    latest = overview
    return redraw
  })
  const ticking = Effect.forever(Effect.andThen(Effect.sleep(REDRAW_MS), redraw))
  const resizing = Effect.forever(Effect.andThen(Queue.take(screen.resized), redraw))
  const key = Effect.gen(function* () {
    for (;;) {
      const typed = yield* Queue.take(screen.keys)
      if (typed === null || typed.includes("q") || typed.includes("Q")) return
      if (typed.includes(CTRL_C)) return yield* endWith(signalCode("SIGINT"))
    }
  })
  const signal = Effect.flatMap(signals.first, (name) => endWith(signalCode(name)))
  yield* Effect.raceAllFirst([watching, ticking, resizing, key, signal])
}).pipe(Effect.scoped)

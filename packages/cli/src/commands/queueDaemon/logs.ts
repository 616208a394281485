import { fileStamp } from "@kugetsu/core/system/Files"
import { growingFile } from "@kugetsu/core/system/GrowingFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { watchDirectory } from "@kugetsu/core/system/Watch"
import { Effect, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { harmless } from "../../display.ts"
import { Json, toggle } from "../../flags.ts"
import { print, printJson, printJsonLine } from "../../terminal.ts"

const count = Argument.Int("n").pipe(
  Argument.withDescription("How many lines"),
  Argument.withSchema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1, { message: "1 or more" }))),
  Argument.withDefault(50),
)
const follow = toggle("follow", "Go on with what comes").pipe(Flag.withAlias("f"))

export const logs = Command.make("logs", { count, follow }, ({ count, follow }) =>
  Effect.gen(function* () {
    const { daemonLog } = (yield* KugetsuHome).queue
    const json = yield* Json
    const news = growingFile(daemonLog)
    const lines = (yield* news).slice(-count)
    if (json && !follow) return yield* printJson({ file: daemonLog, lines })
    const show = (line: string) => (json ? printJsonLine({ line }) : print(harmless(line)))
    yield* Effect.forEach(lines, show, { discard: true })
    if (follow) return yield* followLog(news, show)
  }).pipe(Effect.scoped),
).pipe(
  Command.withDescription("Shows the end of the daemon's log, queue/daemon.log."),
  Command.withExamples([
    { command: "kugetsu queue-daemon logs" },
    { command: "kugetsu queue-daemon logs 200 -f", description: "The last 200 lines, and what comes" },
  ]),
)

/** Milliseconds between two looks when the watch brings nothing. */
const LOOK_MS = 1000

const followLog = Effect.fnUntraced(function* <E, R>(
  first: ReturnType<typeof growingFile>,
  show: (line: string) => Effect.Effect<void, E, R>,
) {
  const { daemonLog, dir } = (yield* KugetsuHome).queue
  const change = yield* watchDirectory(dir)
  const fileNow = Effect.map(fileStamp(daemonLog), (stamp) => stamp.split(":", 1)[0])
  let news = first
  let file = yield* fileNow
  for (;;) {
    yield* Effect.forEach(yield* news, show, { discard: true })
    yield* change(LOOK_MS)
    const now = yield* fileNow
    // it was put aside for a new one
    if (now !== file && file !== "") news = growingFile(daemonLog)
    file = now
  }
})

import { ExitCode } from "@kugetsu/core/domain/Failure"
import { listRuns } from "@kugetsu/core/listRuns"
import { noQueue, queueStatus } from "@kugetsu/core/queueStatus"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { usedSlots } from "@kugetsu/core/Slots"
import { findDaemon } from "@kugetsu/daemon/findDaemon"
import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { tellConfigWarnings } from "../configWarnings.ts"
import { daemonJson, daemonText } from "../daemonText.ts"
import { harmless, oneLine } from "../display.ts"
import { Json } from "../flags.ts"
import { tellFailure } from "../reportFailure.ts"
import { paint, print, printJson, stdoutIsTerminal } from "../terminal.ts"
import { version } from "../version.ts"

export const status = Command.make("status", {}, () =>
  Effect.gen(function* () {
    const word = yield* (yield* Sessions).status
    const settings = yield* Effect.result((yield* Settings).load)
    const broken = settings._tag === "Failure" ? settings.failure : null
    const seen: Seen = {
      word,
      code: broken?.code ?? (word === "ok" ? ExitCode.done : ExitCode.unavailable),
      limit: settings._tag === "Success" ? settings.success.maxConcurrentAgents : null,
    }
    if (yield* Json) yield* printJson(yield* details(seen))
    else if (yield* stdoutIsTerminal) yield* print(yield* text(seen))
    else yield* print(word)
    if (broken === null) yield* tellConfigWarnings
    else yield* tellFailure(broken)
    if (seen.code !== ExitCode.done) return yield* endWith(seen.code)
  }),
).pipe(
  Command.withDescription(
    "Says ok, kugetsu_not_initialized, base_session_missing or pm_agent_missing; ends with 0 only for ok. On a terminal and with --json it tells more.",
  ),
  Command.withExamples([
    { command: "kugetsu status" },
    { command: "kugetsu status --json | jq .slots", description: "How many agents run, and how many may" },
  ]),
)

interface Seen {
  readonly word: string
  /** With which the command ends. */
  readonly code: number
  /** Of agents; null: the config does not tell. */
  readonly limit: number | null
}

const details = Effect.fnUntraced(function* ({ code, limit, word: status }: Seen) {
  const { runs, unreadable } = yield* listRuns
  return {
    status,
    code,
    version,
    daemon: daemonJson(yield* findDaemon),
    slots: { limit, used: yield* usedSlots },
    ...(status === "kugetsu_not_initialized" ? noQueue : yield* queueStatus),
    running: runs.filter(({ phase }) => phase === "preparing" || phase === "running"),
    unreadable: unreadable.map(({ path, reason }) => ({ path, reason })),
  }
})

const text = Effect.fnUntraced(function* (seen: Seen) {
  const { word } = seen
  const painted = yield* paint
  const { last_error, paused, quarantined, queue, running, slots, unreadable } = yield* details(seen)
  const broken = [...unreadable, ...quarantined.map(({ place, reason }) => ({ path: place, reason }))]
  return [
    painted(word === "ok" ? "green" : "red", word),
    ...(word === "ok" ? [] : ["next     kugetsu init"]),
    `version  ${version}`,
    `daemon   ${daemonText(yield* findDaemon, yield* Clock.currentTimeMillis)}`,
    `slots    ${slots.used} of ${slots.limit ?? "?"} in use`,
    `queue    ${queue.pending} waiting, ${queue.notified} running, ${queue.completed} completed, ${queue.error} in error`,
    ...(paused === null ? [] : [`${painted("yellow", "paused")}   since ${paused}`]),
    ...running.map((run) => `running  ${harmless(run.issue_ref ?? "(pm-agent)")}  ${run.run}`),
    ...(last_error === null
      ? []
      : [
          `error    ${harmless(last_error.issue_ref ?? "(pm-agent)")}  ${last_error.id}  ${oneLine(last_error.error ?? "", 200)}`,
        ]),
    ...broken.map(({ path, reason }) => `${painted("red", "broken")}   ${harmless(path)}: ${harmless(reason)}`),
  ].join("\n")
})

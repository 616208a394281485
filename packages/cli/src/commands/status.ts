import { ExitCode } from "@kugetsu/core/domain/Failure"
import { listRuns } from "@kugetsu/core/listRuns"
import { noQueue, queueStatus } from "@kugetsu/core/queueStatus"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { usedSlots } from "@kugetsu/core/usedSlots"
import { findDaemon } from "@kugetsu/daemon/findDaemon"
import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { tellConfigWarnings } from "../configWarnings.ts"
import { daemonJson, daemonText } from "../daemonText.ts"
import { harmless, oneLine } from "../display.ts"
import { Json } from "../flags.ts"
import { paint, print, printJson, stdoutIsTerminal } from "../terminal.ts"
import { version } from "../version.ts"

export const status = Command.make("status", {}, () =>
  Effect.gen(function* () {
    const word = yield* (yield* Sessions).status
    yield* tellConfigWarnings
    if (yield* Json) yield* printJson(yield* details(word))
    else if (yield* stdoutIsTerminal) yield* print(yield* text(word))
    else yield* print(word)
    if (word !== "ok") return yield* endWith(codeOf(word))
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

const codeOf = (word: string): number => (word === "ok" ? ExitCode.done : ExitCode.unavailable)

const details = Effect.fnUntraced(function* (status: string) {
  const { maxConcurrentAgents: limit } = yield* (yield* Settings).load
  const { runs, unreadable } = yield* listRuns
  return {
    status,
    code: codeOf(status),
    version,
    daemon: daemonJson(yield* findDaemon),
    slots: { limit, used: yield* usedSlots },
    ...(status === "kugetsu_not_initialized" ? noQueue : yield* queueStatus),
    running: runs.filter(({ phase }) => phase === "preparing" || phase === "running"),
    unreadable: unreadable.map(({ path, reason }) => ({ path, reason })),
  }
})

const text = Effect.fnUntraced(function* (word: string) {
  const painted = yield* paint
  const { last_error, paused, quarantined, queue, running, slots, unreadable } = yield* details(word)
  const broken = [...unreadable, ...quarantined.map(({ place, reason }) => ({ path: place, reason }))]
  return [
    painted(word === "ok" ? "green" : "red", word),
    ...(word === "ok" ? [] : ["next     kugetsu init"]),
    `version  ${version}`,
    `daemon   ${daemonText(yield* findDaemon, yield* Clock.currentTimeMillis)}`,
    `slots    ${slots.used} of ${slots.limit} in use`,
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

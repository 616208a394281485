import { ExitCode } from "@kugetsu/core/domain/Failure"
import { listRuns } from "@kugetsu/core/listRuns"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { usedSlots } from "@kugetsu/core/usedSlots"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { tellConfigWarnings } from "../configWarnings.ts"
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
    slots: { limit, used: yield* usedSlots },
    running: runs.filter(({ phase }) => phase === "preparing" || phase === "running"),
    unreadable: unreadable.map(({ path, reason }) => ({ path, reason })),
  }
})

const text = Effect.fnUntraced(function* (word: string) {
  const painted = yield* paint
  const { slots, running, unreadable } = yield* details(word)
  return [
    painted(word === "ok" ? "green" : "red", word),
    ...(word === "ok" ? [] : ["next     kugetsu init"]),
    `version  ${version}`,
    `slots    ${slots.used} of ${slots.limit} in use`,
    ...running.map((run) => `running  ${run.issue_ref ?? "(pm-agent)"}  ${run.run}`),
    ...unreadable.map(({ path, reason }) => `${painted("red", "broken")}   ${path}: ${reason}`),
  ].join("\n")
})

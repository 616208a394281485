import { ExitCode } from "@kugetsu/core/domain/Failure"
import { isQueueItemId } from "@kugetsu/core/domain/QueueItem"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { explainIssue, explainItem } from "@kugetsu/daemon/explain"
import type { Explanation } from "@kugetsu/daemon/explainGate"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { harmless } from "../display.ts"
import { Json } from "../flags.ts"
import { type Paint, paint, print, printJson } from "../terminal.ts"

const which = Argument.String("ref or item").pipe(
  Argument.withDescription("An issue, or the id of an item of the queue"),
)

export const explain = Command.make("explain", { which }, ({ which }) =>
  Effect.gen(function* () {
    const found = yield* isQueueItemId(which) ? explainItem(which) : explainIssue(yield* resolveIssue(which))
    yield* (yield* Json) ? printJson(found) : print(textOf(found, yield* paint))
    if (found.gate === "unknown") return yield* endWith(ExitCode.failed)
  }),
).pipe(
  Command.withDescription(
    "Says why a task is not running, and when that may change: what stands in its way, or what came of it.",
  ),
  Command.withExamples([
    { command: "kugetsu explain you/repo#14" },
    { command: "kugetsu explain q_1795161012345_k3f9qa --json | jq -r .gate" },
  ]),
)

const textOf = ({ detail, gate }: Explanation, paint: Paint): string =>
  `${paint(gate === null ? "cyan" : "bold", gate ?? "running")}  ${harmless(detail)}`

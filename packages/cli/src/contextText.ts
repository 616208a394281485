import type { Message } from "@kugetsu/core/domain/Conversation"
import type { ContextRun, TaskContext } from "@kugetsu/core/domain/TaskContext"
import { harmless, oneLine, table } from "./display.ts"
import type { Paint } from "./terminal.ts"

/** A context for people, whole. */
export const contextText = (context: TaskContext, paint: Paint): string =>
  [
    paint("bold", harmless(context.issue_ref ?? "the PM")),
    paint("dim", headline(context)),
    ...(context.runs.length === 0 ? [] : ["", table(["RUN", "OUTCOME", "ENDED", "WHY"], context.runs.map(row), paint)]),
    ...context.conversation_history.flatMap((message) => messageText(message, paint)),
  ].join("\n")

const headline = ({ conversation_history, current_branch, updated_at }: TaskContext): string =>
  harmless(
    [current_branch, `${conversation_history.length} messages`, updated_at === null ? null : `as of ${updated_at}`]
      .filter((part) => part !== null)
      .join("  "),
  )

const row = ({ evidence, failure, finished_at, outcome, run }: ContextRun) => [
  run,
  outcome,
  finished_at,
  oneLine(failure ?? evidence[0] ?? "", 60),
]

const messageText = ({ content, role, timestamp, tools }: Message, paint: Paint): ReadonlyArray<string> => [
  "",
  paint("cyan", `${oneLine(role)}  ${oneLine(timestamp ?? "")}`.trimEnd()),
  ...tools.map((tool) => paint("dim", `> ${oneLine(tool)}`)),
  ...(content.trim() === "" ? [] : [harmless(content.trim())]),
]

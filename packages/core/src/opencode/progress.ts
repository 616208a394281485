import { Option, Schema } from "effect"
import type { AgentAct } from "../domain/AgentAct.ts"

const ToolInput = Schema.Record(Schema.String, Schema.Unknown)

/** The events of `opencode run --format json` that a person wants to see; every other line is passed over. */
const Event = Schema.Union([
  Schema.Struct({ type: Schema.Literal("text"), part: Schema.Struct({ text: Schema.String }) }),
  Schema.Struct({
    type: Schema.Literal("tool_use"),
    part: Schema.Struct({
      tool: Schema.String,
      state: Schema.Struct({
        status: Schema.String,
        title: Schema.optional(Schema.String),
        input: Schema.optional(ToolInput),
      }),
    }),
  }),
  Schema.Struct({
    type: Schema.Literal("error"),
    error: Schema.Struct({
      name: Schema.String,
      data: Schema.optional(Schema.Struct({ message: Schema.optional(Schema.String) })),
    }),
  }),
])

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Event))

/** What one line of the event file tells. */
export const actsOf = (line: string): ReadonlyArray<AgentAct> => {
  const event = Option.getOrNull(decode(line))
  switch (event?.type) {
    case "text":
      return event.part.text.trim() === "" ? [] : [{ _tag: "Said", text: event.part.text.trim() }]
    case "tool_use": {
      const { status, title, input } = event.part.state
      const subject = subjectOf(input ?? {}) ?? title ?? ""
      return [{ _tag: "Used", tool: event.part.tool, subject, failed: status === "error" }]
    }
    case "error":
      return [{ _tag: "Erred", message: event.error.data?.message ?? event.error.name }]
    default:
      return []
  }
}

/** The argument that says most, by the names opencode's own tools use. */
export const subjectOf = (input: Readonly<Record<string, unknown>>): string | undefined =>
  ["command", "filePath", "pattern", "path", "url", "description"]
    .map((name) => input[name])
    .find((value) => typeof value === "string" && value !== "") as string | undefined

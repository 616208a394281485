import { DateTime, Option, Schema } from "effect"
import type { Conversation, Message } from "../domain/Conversation.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { subjectOf } from "./progress.ts"
import type { SessionExport } from "./SessionExport.ts"

const SpokenMessage = Schema.Struct({
  role: Schema.String,
  time: Schema.optional(Schema.Struct({ created: Schema.optional(Schema.Finite) })),
})

const Part = Schema.Union([
  Schema.Struct({ type: Schema.Literal("text"), text: Schema.String }),
  Schema.Struct({
    type: Schema.Literal("tool"),
    tool: Schema.String,
    state: Schema.Struct({
      status: Schema.String,
      title: Schema.optional(Schema.NullOr(Schema.String)),
      input: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)),
    }),
  }),
])

const spoken = Schema.decodeUnknownOption(SpokenMessage)
const known = Schema.decodeUnknownOption(Part)

/** The words of a session and the names of what its tools did. A message of a kind that is not known has no words. */
export const conversationOf = (document: SessionExport): Conversation => ({
  session: document.info.id,
  messages: document.messages.map(messageOf),
})

const messageOf = ({ info, parts }: SessionExport["messages"][number]): Message => {
  const said = Option.getOrNull(spoken(info))
  const contents = parts.flatMap((part) => Option.toArray(known(part)))
  const created = said?.time?.created
  return {
    id: info.id,
    role: said?.role ?? "unknown",
    content: contents.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n"),
    tools: contents.flatMap((part) => (part.type === "tool" ? [toolLine(part.tool, part.state)] : [])),
    timestamp: created === undefined ? null : timestamp(DateTime.makeUnsafe(created)),
  }
}

interface ToolState {
  readonly status: string
  readonly title?: string | null | undefined
  readonly input?: Readonly<Record<string, unknown>> | undefined
}

const toolLine = (tool: string, { input, status, title }: ToolState): string => {
  const subject = subjectOf(input ?? {}) ?? title ?? ""
  const ending = status === "completed" ? "" : ` (${status})`
  return `${tool}${subject === "" ? "" : `: ${subject}`}${ending}`
}

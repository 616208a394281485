import { DateTime, Effect, Option, Schema } from "effect"
import type { Message } from "../domain/Conversation.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { eachLine } from "../system/Lines.ts"
import { actsOf } from "./progress.ts"

const LINE_LIMIT_BYTES = 32 * 1024 * 1024

const Spoken = Schema.Struct({
  timestamp: Schema.Finite,
  part: Schema.Struct({ messageID: Schema.String }),
})
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Spoken))

type Told = { -readonly [Key in keyof Message]: Message[Key] }

/** What an agent said and did in a turn, by its event file: all there is once its session is gone. */
export const recountTurn = Effect.fn("recountTurn")(function* (events: string) {
  const told = new Map<string, Told>()
  yield* eachLine(events, LINE_LIMIT_BYTES, ({ text }) => {
    const event = Option.getOrNull(decode(text))
    if (event === null) return
    const { messageID } = event.part
    const message = told.get(messageID) ?? newMessage(messageID, event.timestamp)
    told.set(messageID, message)
    for (const act of actsOf(text)) {
      if (act._tag === "Said") message.content += message.content === "" ? act.text : `\n\n${act.text}`
      if (act._tag === "Used") {
        message.tools = [...message.tools, `${act.tool}: ${act.subject}${act.failed ? " (error)" : ""}`]
      }
    }
  })
  return [...told.values()] as ReadonlyArray<Message>
})

const newMessage = (id: string, at: number): Told => ({
  id,
  role: "assistant",
  content: "",
  tools: [],
  timestamp: timestamp(DateTime.makeUnsafe(at)),
})

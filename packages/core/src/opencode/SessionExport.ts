import { Option, Result, Schema } from "effect"

/** What kugetsu must know of an exported session. Everything else in it is opencode's, and is kept as it is. */
const SessionExport = Schema.Struct({
  info: Schema.Struct({ id: Schema.String }),
  messages: Schema.Array(
    Schema.Struct({
      info: Schema.Struct({ id: Schema.String }),
      parts: Schema.Array(Schema.Struct({ id: Schema.String })),
    }),
  ),
})
export type SessionExport = typeof SessionExport.Type

const isSessionExport = Schema.is(SessionExport)
const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** The whole document, or why it is none: an export that was cut off is no JSON. */
export const parseExport = (text: string): Result.Result<SessionExport, string> =>
  Option.match(parseJson(text), {
    onNone: () => Result.fail("it is no JSON, or was cut off"),
    onSome: (value) =>
      isSessionExport(value) ? Result.succeed(value) : Result.fail("it is no exported session of opencode"),
  })

export interface ConversationSize {
  readonly messages: number
  readonly parts: number
}

export const sizeOf = (exported: SessionExport): ConversationSize => ({
  messages: exported.messages.length,
  parts: exported.messages.reduce((sum, message) => sum + message.parts.length, 0),
})

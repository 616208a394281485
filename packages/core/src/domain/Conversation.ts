import { Effect, Schema } from "effect"

const nothing = Effect.succeed(null)

/** One message, as far as it outlives the engine's own form of it. What only the first kugetsu wrote has no id. */
export const Message = Schema.Struct({
  /** The engine's, or one of kugetsu's own; the same message is known by it when it is seen again. */
  id: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(nothing)),
  /** `user` or `assistant`. */
  role: Schema.String,
  /** Its words, whole. */
  content: Schema.String,
  /** What was done in it, a line for each use of a tool. */
  tools: Schema.Array(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  timestamp: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(nothing)),
})
export type Message = typeof Message.Type

/** What was said in a session, oldest first. */
export interface Conversation {
  readonly session: string
  readonly messages: ReadonlyArray<Message>
}

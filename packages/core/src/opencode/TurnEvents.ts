import { Effect, Option, Schema } from "effect"
import type { TurnReport } from "../domain/TurnReport.ts"
import { eachLine, type Line } from "../system/Lines.ts"

/** opencode's own tools cut their output long before; what is longer is counted and not held. */
const LINE_LIMIT_BYTES = 32 * 1024 * 1024
const SUBJECT_LIMIT = 200

/** What the lines of `opencode run --format json` come to. */
export interface TurnEvents extends Pick<
  TurnReport,
  "events" | "malformed_lines" | "last_step" | "last_text" | "last_tool" | "tokens" | "cost"
> {
  readonly error: ErrorEvent | null
  /** When anything but an error came last, Unix time in milliseconds; 0: never. */
  readonly progressAt: number
}

export interface ErrorEvent {
  readonly name: string
  readonly message: string
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
  /** What the provider answered, as it came. */
  readonly body: string
  readonly at: number
}

type Collected = { -readonly [Key in keyof TurnEvents]: TurnEvents[Key] }

export const readEvents = Effect.fn("TurnEvents.read")(function* (file: string) {
  const collected: Collected = {
    events: 0,
    malformed_lines: 0,
    error: null,
    last_step: null,
    last_text: null,
    last_tool: null,
    tokens: { input: 0, output: 0, reasoning: 0, cache_read: 0, cache_write: 0 },
    cost: 0,
    progressAt: 0,
  }
  yield* eachLine(file, LINE_LIMIT_BYTES, (line) => collect(collected, line))
  return collected as TurnEvents
})

const collect = (collected: Collected, line: Line): void => {
  if (line.text.trim() === "") return
  const change = line.cut ? null : changeOf(line.text)
  if (change !== null) {
    collected.events++
    change(collected)
  } else if (line.ended) {
    // one without its newline is being written, or was cut off by the end of the writer
    collected.malformed_lines++
  }
}

const zero = Schema.Finite.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0)))
const Cache = Schema.Struct({ read: zero, write: zero })
const Tokens = Schema.Struct({
  input: zero,
  output: zero,
  reasoning: zero,
  cache: Cache.pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
})

const Timestamped = Schema.Struct({ type: Schema.String, timestamp: Schema.Finite })
const Text = Schema.Struct({ part: Schema.Struct({ text: Schema.String }) })
const ToolUse = Schema.Struct({
  part: Schema.Struct({
    tool: Schema.String,
    state: Schema.optional(Schema.Struct({ title: Schema.optional(Schema.String) })),
  }),
})
const StepFinish = Schema.Struct({
  part: Schema.Struct({
    reason: Schema.String,
    cost: zero,
    tokens: Tokens.pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  }),
})
const Failed = Schema.Struct({
  error: Schema.Struct({
    name: Schema.String,
    data: Schema.optional(
      Schema.Struct({
        message: Schema.optional(Schema.String),
        statusCode: Schema.optional(Schema.Int),
        responseBody: Schema.optional(Schema.String),
        responseHeaders: Schema.optional(Schema.Record(Schema.String, Schema.String)),
      }),
    ),
  }),
})

type Change = (collected: Collected) => void

/** What an event changes; null when the line is none. An event of a kind that is not known changes nothing. */
const changeOf = (text: string): Change | null => {
  const json = Option.getOrNull(decodeJson(text))
  const event = Option.getOrNull(decodeTimestamped(json))
  if (event === null) return null
  const change = payloads[event.type]?.(json, event.timestamp)
  if (change === null) return null
  return (collected) => {
    if (event.type !== "error") collected.progressAt = event.timestamp
    change?.(collected)
  }
}

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const decodeTimestamped = Schema.decodeUnknownOption(Timestamped)

const payload = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  change: (value: S["Type"], timestamp: number) => Change,
) => {
  const decode = Schema.decodeUnknownOption(schema)
  return (json: unknown, timestamp: number): Change | null =>
    Option.getOrNull(Option.map(decode(json), (value) => change(value, timestamp)))
}

const payloads: Readonly<Record<string, (json: unknown, timestamp: number) => Change | null>> = {
  // a step that was begun and not finished is no good end, whatever the one before it was
  step_start: payload(Timestamped, () => (collected) => void (collected.last_step = null)),
  text: payload(Text, ({ part }) => (collected) => {
    if (part.text.trim() !== "") collected.last_text = part.text
  }),
  tool_use: payload(ToolUse, ({ part }) => (collected) => {
    const subject = part.state?.title?.replace(/\s+/g, " ").slice(0, SUBJECT_LIMIT)
    collected.last_tool = subject ? `${part.tool}: ${subject}` : part.tool
  }),
  step_finish: payload(StepFinish, ({ part: { cost, reason, tokens } }) => (collected) => {
    const sum = collected.tokens
    collected.last_step = reason
    collected.cost += cost
    collected.tokens = {
      input: sum.input + tokens.input,
      output: sum.output + tokens.output,
      reasoning: sum.reasoning + tokens.reasoning,
      cache_read: sum.cache_read + tokens.cache.read,
      cache_write: sum.cache_write + tokens.cache.write,
    }
  }),
  error: payload(Failed, ({ error: { data, name } }, at) => (collected) => {
    collected.error = {
      name,
      message: data?.message ?? name,
      status: data?.statusCode ?? null,
      headers: data?.responseHeaders ?? {},
      body: data?.responseBody ?? "",
      at,
    }
  }),
}

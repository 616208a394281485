import { ForgeAllowance } from "@kugetsu/core/ForgeAllowance"
import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Context, Effect, Schedule, Schema } from "effect"
import type { StrictFetch } from "./Transport.ts"
import { badAnswer, oneLine, TransportFailure, unavailable } from "./TransportFailure.ts"
import { type Facts, unanswered, untilOf } from "./Unanswered.ts"

/** Where one forge is asked. */
export interface ForgeApi {
  /** `host` or `host:port`, for messages. */
  readonly host: string
  /** Without a trailing slash. */
  readonly base: string
  /** Where its token is, for messages. */
  readonly tokenVariable: string
  readonly fetch: StrictFetch
}

export interface Answer<A> {
  readonly body: A
  readonly headers: Readonly<Record<string, string | number | undefined>>
}

/** How long a forge is waited for, in milliseconds. */
export const Patience = Context.Reference("@kugetsu/forge/Patience", {
  defaultValue: () => ({
    /** One question, with all the requests and tries that it takes. */
    questionMs: 60_000,
    /** One request, from its start to the last byte of its answer. */
    answerMs: 20_000,
    /** Before the second try; doubles. */
    retryMs: 500,
    /** The longest Retry-After that is waited for; a longer one is told to the caller. */
    retryAfterMs: 10_000,
  }),
})

/** Two more tries of what may pass by itself, not before the forge wants to be asked again. */
const retrySchedule = ({ retryMs, retryAfterMs }: { readonly retryMs: number; readonly retryAfterMs: number }) =>
  Schedule.exponential(retryMs).pipe(
    Schedule.jittered,
    Schedule.setInputType<TransportFailure>(),
    Schedule.modifyDelay(({ input, duration, now }) =>
      Effect.succeed(input.until === null ? duration : Math.max(input.until - now, retryMs)),
    ),
    Schedule.while(({ input, now }) => input.transient && (input.until ?? 0) - now <= retryAfterMs),
    Schedule.upTo({ times: 2 }),
  )

/** Asks one question, within limits of time and with retries, and decodes the answer. */
export const ask = Effect.fn("ForgeApi.ask")(function* <A>(
  api: ForgeApi,
  /** What is asked for, in words that follow "did not answer". */
  operation: string,
  schema: Schema.ConstraintDecoder<A>,
  send: Send,
): Effect.fn.Return<Answer<A>, ForgeUnknown> {
  return yield* Effect.mapError(answerTo(schema, send), (failure) => unknownAfter(api, operation, failure))
})

/**
 * Has something done, once: only what the forge refused to look at for now is sent again. After any other error but a
 * refusal it may be done all the same.
 */
export const tell = Effect.fn("ForgeApi.tell")(function* <A>(
  api: ForgeApi,
  operation: string,
  schema: Schema.ConstraintDecoder<A>,
  send: Send,
): Effect.fn.Return<A, ForgeUnknown> {
  const { body } = yield* answerTo(schema, send, ({ reason }) => reason === "rate_limited").pipe(
    Effect.mapError((failure) => unknownAfter(api, operation, failure, notDone(failure))),
  )
  return body
})

/** The forge understood, and will not: wrong or missing values, a conflict, a state that does not permit it. */
const refusals: ReadonlyArray<number> = [400, 405, 409, 412, 413, 422, 423]

const notDone = ({ detail, reason, status }: TransportFailure): Partial<Facts> => {
  if (status !== null && refusals.includes(status)) return { reason: "refused" }
  switch (reason) {
    case "forbidden":
    case "not_found":
      return { remedy: "Give the token write access to the repository's issues and pull requests." }
    case "unavailable":
    case "bad_answer":
      return {
        detail: `${detail}; it may be done all the same`,
        remedy: "Look whether it is there before you try again.",
      }
    default:
      return {}
  }
}

type Send = (signal: AbortSignal) => Promise<Answer<unknown>>

const unknownAfter = (
  api: ForgeApi,
  operation: string,
  { detail, reason, until }: TransportFailure,
  otherwise: Partial<Facts> = {},
): ForgeUnknown =>
  unanswered({
    host: api.host,
    tokenVariable: api.tokenVariable,
    operation,
    reason,
    detail,
    until: untilOf(reason, until),
    ...otherwise,
  })

/** As `ask`, for whoever reads the failure itself. */
export const answerTo = Effect.fn("ForgeApi.answerTo")(function* <A>(
  schema: Schema.ConstraintDecoder<A>,
  send: Send,
  /** Whether it may be asked again after a failure that passes. */
  again: (failure: TransportFailure) => boolean = () => true,
): Effect.fn.Return<Answer<A>, TransportFailure> {
  const patience = yield* Patience
  const allowance = yield* ForgeAllowance
  const decode = Schema.decodeUnknownEffect(schema)
  const call = Effect.suspend(() =>
    allowance === null || allowance.takeCall()
      ? Effect.tryPromise({ try: send, catch: transportFailureIn })
      : Effect.fail(unavailable("it was asked as often as it may be at a time", false)),
  )
  return yield* call.pipe(
    Effect.timeoutOrElse({
      duration: patience.answerMs,
      orElse: () => Effect.fail(unavailable(`no answer within ${patience.answerMs / 1000} s`, false)),
    }),
    Effect.retry({ schedule: retrySchedule(patience), while: again }),
    Effect.flatMap(({ body, headers }) =>
      decode(body).pipe(
        Effect.map((decoded) => ({ body: decoded, headers })),
        Effect.mapError((error) => badAnswer(oneLine(`its answer has another form than expected: ${error.message}`))),
      ),
    ),
  )
})

/** A request of our own, where no client library stands between; with `body` it is a POST. */
export const request = async (
  api: ForgeApi,
  path: string,
  signal: AbortSignal,
  body?: Readonly<Record<string, unknown>>,
): Promise<Answer<unknown>> => {
  const response = await api.fetch(`${api.base}${path}`, {
    headers: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    signal,
  })
  return { body: await response.json(), headers: Object.fromEntries(response.headers) }
}

/** The client libraries wrap what the transport throws, and have failures of their own when they misread an answer. */
const transportFailureIn = (cause: unknown): TransportFailure => {
  for (let error = cause; error instanceof Error; error = error.cause)
    if (error instanceof TransportFailure) return error
  return badAnswer(`its answer could not be read (${cause instanceof Error ? cause.name : "no error"})`)
}

import { withoutSecrets } from "@kugetsu/core/domain/Secret"
import { Redacted } from "effect"
import { answerFrom, type AnswerMemory } from "./AnswerMemory.ts"
import type { RateBudget } from "./RateBudget.ts"
import { badAnswer, oneLine, TransportFailure, unavailable } from "./TransportFailure.ts"
import { wholeAnswer } from "./WholeAnswer.ts"

/** Octokit and Gitbeaker get this in place of `fetch`, so that neither of them ever sees a token. */
export type StrictFetch = (
  url: string | URL,
  init?: {
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string
    readonly signal?: AbortSignal
  },
) => Promise<Response>

export interface Credential {
  readonly scheme: "Bearer" | "token"
  readonly token: Redacted.Redacted
}

export interface TransportOptions {
  /** Nothing outside the origin of this address is ever asked. */
  readonly base: string
  readonly credential: Credential | null
  /** The certificate authority's certificate (PEM) that is trusted instead of the usual ones. */
  readonly ca: string | null
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Shared by all who ask the same forge; null: nobody else does. */
  readonly budget: RateBudget | null
  /** Where the forge answers "not changed"; null: it does not, or that costs as much. */
  readonly memory: AnswerMemory | null
}

const maxRedirects = 3

/**
 * `fetch` that answers with a whole JSON document of the right server, or rejects with a `TransportFailure`: a page of a
 * proxy, half an answer or no answer must never be read as an empty list. Proxy variables work as in Bun's `fetch`.
 */
export const makeTransport = (options: TransportOptions): StrictFetch => {
  const { origin } = new URL(options.base)
  const { budget, memory, now } = options
  const token = options.credential === null ? null : Redacted.value(options.credential.token)

  const send = (url: URL, init: Parameters<StrictFetch>[1], etag: string | null) => {
    const headers = new Headers(init?.headers)
    if (options.credential !== null) headers.set("authorization", `${options.credential.scheme} ${token}`)
    if (!headers.has("user-agent")) headers.set("user-agent", "kugetsu")
    if (etag !== null) headers.set("if-none-match", etag)
    return fetch(url, {
      method: init?.method ?? "GET",
      headers,
      redirect: "manual",
      ...(init?.body !== undefined && { body: init.body }),
      ...(init?.signal && { signal: init.signal }),
      ...(options.ca !== null && { tls: { ca: options.ca } }),
    })
  }

  const ask: StrictFetch = async (target, init) => {
    const isQuestion = (init?.method ?? "GET") === "GET"
    let url = new URL(target)
    for (let hops = 0; ; hops++) {
      if (url.origin !== origin) throw badAnswer(`it points to ${url.origin}, which is another server`)
      budget?.spend(now())
      const kept = isQuestion ? (memory?.find(url.href) ?? null) : null
      const response = await send(url, init, kept?.etag ?? null)
      if (response.status === 304 && kept !== null) return answerFrom(kept)
      const location = response.headers.get("location")
      if (response.status < 300 || response.status > 399 || location === null) {
        const whole = await wholeAnswer(response, { now, statuses: isQuestion ? [200] : [200, 201] })
        if (isQuestion) await memory?.keep(url.href, whole)
        return whole
      }
      await response.body?.cancel()
      // these two say that nothing was done, and that the same is to be sent there
      if (!isQuestion && response.status !== 307 && response.status !== 308)
        throw badAnswer("it redirects what is no question")
      if (hops === maxRedirects) throw badAnswer("it redirects without end")
      url = redirected(url, location)
    }
  }

  return (target, init) =>
    ask(target, init).catch((cause: unknown) => {
      const failure = cause instanceof TransportFailure ? cause : networkFailure(cause)
      budget?.learn(failure, now())
      throw withoutToken(failure, token)
    })
}

const redirected = (from: URL, location: string): URL => {
  const to = URL.parse(location, from.href)
  if (to === null) throw badAnswer("it redirects to no address")
  // a renamed repository is asked the same question
  if (to.search === "") to.search = from.search
  return to
}

/** Of an error of `fetch` only its code is told: its text may repeat headers. */
const networkFailure = (cause: unknown): TransportFailure => {
  const code = (cause as { readonly code?: unknown } | null)?.code
  return unavailable(
    typeof code === "string" && /^\w+$/.test(code) ? `the connection failed (${code})` : "the connection failed",
    true,
  )
}

const withoutToken = (failure: TransportFailure, token: string | null): TransportFailure => {
  const clean = (text: string) => oneLine(withoutSecrets(token === null ? text : text.replaceAll(token, "***")))
  const { detail, reason, said, status, transient, until } = failure
  return new TransportFailure({
    reason,
    detail: clean(detail),
    said: said === null ? null : clean(said),
    status,
    until,
    transient,
  })
}

import { withoutSecrets } from "@kugetsu/core/domain/Secret"
import { Redacted } from "effect"
import { badAnswer, failureOf, oneLine, TransportFailure, unavailable } from "./TransportFailure.ts"

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
}

const maxRedirects = 3
const maxBytes = 32 * 1024 * 1024

/**
 * `fetch` that answers with a whole JSON document of the right server, or rejects with a `TransportFailure`: a page of a
 * proxy, half an answer or no answer must never be read as an empty list. Proxy variables work as in Bun's `fetch`.
 */
export const makeTransport = (options: TransportOptions): StrictFetch => {
  const { origin } = new URL(options.base)
  const token = options.credential === null ? null : Redacted.value(options.credential.token)

  const send = (url: URL, init: Parameters<StrictFetch>[1]) => {
    const headers = new Headers(init?.headers)
    if (options.credential !== null) headers.set("authorization", `${options.credential.scheme} ${token}`)
    if (!headers.has("user-agent")) headers.set("user-agent", "kugetsu")
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
    let url = new URL(target)
    for (let hops = 0; ; hops++) {
      if (url.origin !== origin) throw badAnswer(`it points to ${url.origin}, which is another server`)
      const response = await send(url, init)
      const location = response.headers.get("location")
      if (response.status < 300 || response.status > 399 || location === null)
        return await wholeAnswer(response, options.now)
      await response.body?.cancel()
      if ((init?.method ?? "GET") !== "GET") throw badAnswer("it redirects what is no question")
      if (hops === maxRedirects) throw badAnswer("it redirects without end")
      url = redirected(url, location)
    }
  }

  return (target, init) =>
    ask(target, init).catch((cause: unknown) => {
      throw withoutToken(cause instanceof TransportFailure ? cause : networkFailure(cause), token)
    })
}

const redirected = (from: URL, location: string): URL => {
  const to = URL.parse(location, from.href)
  if (to === null) throw badAnswer("it redirects to no address")
  // a renamed repository is asked the same question
  if (to.search === "") to.search = from.search
  return to
}

/** Refuses what is not whole, not successful or not JSON; hands the text on as it came. */
export const wholeAnswer = async (response: Response, now: () => number): Promise<Response> => {
  if (response.status >= 400) {
    // the status says what matters; its text is only for people
    const body = await wholeText(response).catch(() => "")
    throw failureOf({ status: response.status, headers: response.headers, body, now: now() })
  }
  if (response.status !== 200) throw badAnswer(`HTTP ${response.status} where 200 was expected`)
  const text = await wholeText(response)
  const type = (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase()
  if (!/^application\/([\w.+-]+\+)?json$/.test(type)) throw badAnswer(`its answer is ${type || "of no type"}, not JSON`)
  try {
    JSON.parse(text)
  } catch {
    throw badAnswer(text.trim() === "" ? "its answer is empty" : "its answer is not valid JSON")
  }
  const headers = new Headers(response.headers)
  headers.delete("content-length")
  headers.delete("content-encoding")
  return new Response(text, { status: response.status, headers })
}

const wholeText = async (response: Response): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw badAnswer(`its answer is larger than ${maxBytes / 1024 / 1024} MB`)
    chunks.push(chunk)
  }
  const declared = response.headers.get("content-length")
  if (declared !== null && !response.headers.has("content-encoding") && Number(declared) !== size)
    throw badAnswer(`its answer has ${size} bytes instead of ${declared}`)
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw badAnswer("its answer is not UTF-8 text")
  }
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
  const { detail, reason, said, transient, until } = failure
  return new TransportFailure({
    reason,
    detail: clean(detail),
    said: said === null ? null : clean(said),
    until,
    transient,
  })
}

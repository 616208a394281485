import { Effect } from "effect"
import * as fs from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import type { AddressInfo } from "node:net"
import * as path from "node:path"

const tls = path.join(import.meta.dir, "../../fixtures/tls")
/** What to trust to reach a server that was started with `tls`. */
export const certificateFile = path.join(tls, "certificate.pem")
/** An authority that has nothing to do with it. */
export const strangerFile = path.join(tls, "stranger.pem")

/** Everything that was seen to happen between a client and a forge. */
export type Fault =
  | "401"
  | "403"
  | "404"
  | "429 bare"
  | "429 soon"
  | "429 late"
  | "403 primary limit"
  | "403 secondary limit"
  | "500"
  | "503 HTML"
  | "reset"
  | "hang"
  | "hang in body"
  | "cut body"
  | "cut chunks"
  | "empty body"
  | "no content"
  | "HTML"
  | "invalid JSON"
  | "null"
  | "null element"
  | "page shift"
  | "redirect away"
  | "redirect loop"
  | "echo token"

export interface ForgeRequest {
  readonly method: string
  /** Undecoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
  /** As it was sent; empty for most. */
  readonly body: string
}

export interface ForgeReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, but for a string with a content type of its own. */
  readonly body: unknown
}

export interface ForgeServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** `127.0.0.1:PORT` */
  readonly host: string
  readonly requests: Array<ForgeRequest>
  /** Spoils the next `times` answers, or all. */
  readonly spoil: (fault: Fault, times?: number) => void
  /** The fault in force. */
  readonly fault: () => Fault | null
  /** Called before a request is answered. */
  beforeAnswer: (request: ForgeRequest) => void
  /** What spoils the answer to a request after the request has done its work; null: nothing does. */
  spoilAfter: (request: ForgeRequest) => Fault | null
  /** Called when a client goes away before it was answered. */
  onDisconnect: () => void
}

/** A server on loopback that answers as told, until its scope ends. */
export const forgeServer = (
  reply: (request: ForgeRequest, server: ForgeServer) => ForgeReply,
  options: { readonly tls?: boolean } = {},
) =>
  Effect.acquireRelease(
    Effect.promise(() => listen(reply, options.tls ?? false)),
    ({ stop }) => Effect.sync(stop),
  )

const listen = async (reply: (request: ForgeRequest, server: ForgeServer) => ForgeReply, secure: boolean) => {
  let fault: Fault | null = null
  let left = 0
  const onRequest: http.RequestListener = async (incoming, response) => {
    let body = ""
    for await (const chunk of incoming.setEncoding("utf8")) body += chunk
    const url = new URL(incoming.url ?? "/", forge.origin)
    const request: ForgeRequest = {
      method: incoming.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body,
    }
    response.on("close", () => response.writableEnded || forge.onDisconnect())
    forge.requests.push(request)
    forge.beforeAnswer(request)
    const now = left > 0 ? fault : null
    left--
    const after = forge.spoilAfter(request)
    if (after !== null) {
      const done = reply(request, forge)
      spoilt(after, request, response, () => done)
    } else if (now === null) send(response, reply(request, forge))
    else spoilt(now, request, response, () => reply(request, forge))
  }
  const server = secure
    ? https.createServer(
        { key: fs.readFileSync(path.join(tls, "key.pem")), cert: fs.readFileSync(certificateFile) },
        onRequest,
      )
    : http.createServer(onRequest)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const forge: ForgeServer & { readonly stop: () => void } = {
    origin: `${secure ? "https" : "http"}://${host}`,
    host,
    requests: [],
    spoil: (next, times = Number.POSITIVE_INFINITY) => {
      fault = next
      left = times
    },
    fault: () => (left >= 0 ? fault : null),
    beforeAnswer: () => {},
    spoilAfter: () => null,
    onDisconnect: () => {},
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return forge
}

const send = (response: http.ServerResponse, { status, headers, body }: ForgeReply) => {
  if (status === 304) {
    response.writeHead(304, headers)
    response.end()
    return
  }
  const text = headers?.["content-type"] === undefined ? JSON.stringify(body) : String(body)
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(text)),
    ...headers,
  })
  response.end(text)
}

const html = { "content-type": "text/html; charset=utf-8" }
const seconds = () => Math.floor(Date.now() / 1000)

const spoilt = (fault: Fault, request: ForgeRequest, response: http.ServerResponse, whole: () => ForgeReply): void => {
  const fail = (status: number, message: string, headers: Record<string, string> = {}) =>
    send(response, { status, headers, body: { message } })
  switch (fault) {
    case "401":
      return fail(401, "Bad credentials")
    case "403":
      return fail(403, "Resource not accessible by personal access token", { "x-ratelimit-remaining": "4000" })
    case "404":
      return fail(404, "Not Found")
    case "429 bare":
      return send(response, { status: 429, headers: { "content-type": "text/plain" }, body: "Retry later\n" })
    case "429 soon":
      return fail(429, "Retry later", { "retry-after": "0" })
    case "429 late":
      return fail(429, "Retry later", { "retry-after": "1800" })
    case "403 primary limit":
      return fail(403, "API rate limit exceeded for user ID 1.", {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(seconds() + 1800),
      })
    case "403 secondary limit":
      return fail(403, "You have exceeded a secondary rate limit.", { "x-ratelimit-remaining": "4000" })
    case "500":
      return fail(500, "boom")
    case "503 HTML":
      return send(response, { status: 503, headers: html, body: "<html>bad gateway</html>" })
    case "reset":
      response.socket?.destroy()
      return
    case "hang":
      return
    case "hang in body":
      response.writeHead(200, { "content-type": "application/json" })
      response.write("[")
      return
    case "cut body":
    case "cut chunks": {
      const text = JSON.stringify(whole().body)
      response.writeHead(200, {
        "content-type": "application/json",
        ...(fault === "cut body" && { "content-length": String(text.length + 500) }),
      })
      response.write(text, () => response.socket?.destroy())
      return
    }
    case "empty body":
      return send(response, { status: 200, headers: { "content-type": "application/json" }, body: "" })
    case "no content":
      response.writeHead(204)
      response.end()
      return
    case "HTML":
      return send(response, { status: 200, headers: html, body: "<html>please sign in</html>" })
    case "invalid JSON":
      return send(response, { status: 200, headers: { "content-type": "application/json" }, body: '[{"number":1,' })
    case "null":
      return send(response, { ...whole(), body: null })
    case "null element": {
      const { body, ...rest } = whole()
      return send(response, { ...rest, body: Array.isArray(body) ? [null, ...body.slice(1)] : null })
    }
    case "page shift":
      // the lists of the fakes shift by themselves
      return send(response, whole())
    case "redirect away":
      response.writeHead(302, { location: "http://elsewhere.invalid/stolen" })
      response.end()
      return
    case "redirect loop":
      response.writeHead(302, { location: request.path })
      response.end()
      return
    case "echo token":
      return fail(403, `no access with\n${request.headers.authorization ?? ""}`)
  }
}

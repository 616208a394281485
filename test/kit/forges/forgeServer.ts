import { Effect } from "effect"
import * as fs from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { type Fault, spoilt } from "./faults.ts"
import { type ForgeReply, type ForgeRequest, send } from "./forgeReply.ts"

const tls = path.join(import.meta.dir, "../../fixtures/tls")
/** What to trust to reach a server that was started with `tls`. */
export const certificateFile = path.join(tls, "certificate.pem")
/** An authority that has nothing to do with it. */
export const strangerFile = path.join(tls, "stranger.pem")

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

import type * as http from "node:http"

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

export const send = (response: http.ServerResponse, { status, headers, body }: ForgeReply) => {
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

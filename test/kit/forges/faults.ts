import type * as http from "node:http"
import { type ForgeReply, type ForgeRequest, send } from "./forgeReply.ts"

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

const html = { "content-type": "text/html; charset=utf-8" }
const seconds = () => Math.floor(Date.now() / 1000)

/** Answers in that way; `whole` is what a sound answer would be. */
export const spoilt = (
  fault: Fault,
  request: ForgeRequest,
  response: http.ServerResponse,
  whole: () => ForgeReply,
): void => {
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

import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { Schema } from "effect"

/** What the model says at one step: a tool to use, or its last words. */
export type ProbeStep =
  | { readonly tool: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly text: string }

/** A model on loopback that answers as told, whatever it is asked. */
export interface ProbeModel {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseURL: string
  /** How often it was asked to go on with a turn. */
  readonly turns: () => number
}

const Request = Schema.fromJsonString(
  Schema.Struct({
    messages: Schema.Array(Schema.Struct({ role: Schema.String })),
    tools: Schema.optional(Schema.Array(Schema.Unknown)),
  }),
)
const decode = Schema.decodeUnknownSync(Request)

/** For the scope. The number of answers in a conversation picks the step; what offers no tools asks for a title. */
export const probeModel = (steps: ReadonlyArray<ProbeStep>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => listen(steps)),
      ({ server }) =>
        Effect.sync(() => {
          server.closeAllConnections()
          server.close()
        }),
    ),
    ({ model }) => model,
  )

const listen = async (steps: ReadonlyArray<ProbeStep>) => {
  let turns = 0
  const server = http.createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      try {
        const { messages, tools = [] } = decode(Buffer.concat(chunks).toString("utf8"))
        if (tools.length > 0) turns += 1
        const at = messages.filter(({ role }) => role === "assistant").length
        stream(response, tools.length > 0 ? (steps[at] ?? { text: "done" }) : { text: "A probe" })
      } catch {
        // another form than every version so far has: what opencode makes of it is the answer
        response.writeHead(400).end()
      }
    })
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const { port } = server.address() as AddressInfo
  const model: ProbeModel = { baseURL: `http://127.0.0.1:${port}/v1`, turns: () => turns }
  return { server, model }
}

/** As OpenAI-compatible providers do. */
const stream = (response: http.ServerResponse, step: ProbeStep): void => {
  response.writeHead(200, { "content-type": "text/event-stream" })
  const write = (rest: object) => {
    const chunk = { id: "probe", object: "chat.completion.chunk", created: 0, model: "probe", ...rest }
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  const delta = (content: object, finish_reason: string | null = null) =>
    write({ choices: [{ index: 0, delta: content, finish_reason }] })
  const called = "tool" in step
  delta({ role: "assistant", content: called ? "" : step.text })
  if (called) {
    const call = { name: step.tool, arguments: JSON.stringify(step.args) }
    delta({ tool_calls: [{ index: 0, id: `call_${crypto.randomUUID()}`, type: "function", function: call }] })
  }
  delta({}, called ? "tool_calls" : "stop")
  write({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 } })
  response.end("data: [DONE]\n\n")
}

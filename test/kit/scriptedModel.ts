import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

/**
 * A model that does what the conversation tells it: an OpenAI-compatible endpoint on loopback for tests and the demo.
 *
 * The newest user message that holds `@@script [step, step, …] @@end` is the script; the number of assistant messages
 * after it picks the step. So nothing is kept between requests, and many sessions share one endpoint.
 */
export interface ScriptStep {
  /** Sent word by word. `{{directory}}` is the session's directory, `{{result}}` the newest tool result. */
  readonly text?: string
  readonly reasoning?: string
  readonly tool?: string
  readonly args?: Readonly<Record<string, unknown>>
  readonly tools?: ReadonlyArray<{ readonly tool: string; readonly args?: Readonly<Record<string, unknown>> }>
  /** Milliseconds before the first byte. */
  readonly delayMs?: number
  /** Answers with this HTTP status instead of a stream. */
  readonly status?: number
  readonly error?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Accepts the request and never answers. */
  readonly hang?: boolean
  /** Cuts the connection after the first half of the text. */
  readonly drop?: boolean
  readonly usage?: Readonly<Record<string, unknown>>
}

export const scriptOf = (steps: ReadonlyArray<ScriptStep>): string => `@@script ${JSON.stringify(steps)} @@end`

export interface ModelRequest {
  /** Unix time, milliseconds. */
  readonly at: number
  readonly session: string | null
  readonly purpose: "turn" | "title" | "compaction"
  readonly step: number
  /** What the system prompt calls the working directory. */
  readonly directory: string | null
  /** The newest user message. */
  readonly user: string
  readonly authorization: string | null
  readonly tools: ReadonlyArray<string>
  /** The parsed request, where bodies are kept. */
  readonly body: unknown
}

export interface ScriptedModelOptions {
  /** 0: any free one. */
  readonly port?: number
  /** Requests without `Authorization: Bearer <key>` get 401. */
  readonly key?: string
  readonly keepBodies?: boolean
  /** Called with each request before it is answered. */
  readonly onRequest?: (request: ModelRequest) => void
}

export interface ScriptedModel {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseURL: string
  /** Every request so far, oldest first; also `GET /requests`. */
  readonly requests: ReadonlyArray<ModelRequest>
  /** The first request, past or to come, that matches. */
  readonly waitFor: (matches: (request: ModelRequest) => boolean) => Promise<ModelRequest>
  readonly stop: () => Promise<void>
}

interface ChatMessage {
  readonly role: string
  readonly content?: string | null | ReadonlyArray<{ readonly text?: string }>
}

interface ChatRequest {
  readonly model?: string
  readonly stream?: boolean
  readonly messages?: ReadonlyArray<ChatMessage>
  readonly tools?: ReadonlyArray<{ readonly function: { readonly name: string } }>
}

export const startScriptedModel = async (options: ScriptedModelOptions = {}): Promise<ScriptedModel> => {
  const requests: Array<ModelRequest> = []
  const waiting = new Set<(request: ModelRequest) => void>()

  const server = http.createServer((request, response) => {
    void serve(request, response).catch((cause: unknown) => response.destroy(cause as Error))
  })

  const serve = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    if (request.url === "/requests") return sendJson(response, 200, requests)
    if (request.url?.endsWith("/models")) return sendJson(response, 200, { object: "list", data: [{ id: "scripted" }] })
    const body = await readBody(request)
    const recorded = describe(request, body, options.keepBodies === true)
    requests.push(recorded)
    options.onRequest?.(recorded)
    for (const notify of waiting) notify(recorded)
    if (options.key !== undefined && recorded.authorization !== `Bearer ${options.key}`)
      return sendJson(response, 401, { error: { message: "no such key", type: "authentication_error" } })
    await answer(response, body, stepFor(recorded, body))
  }

  await new Promise<void>((listening) => server.listen(options.port ?? 0, "127.0.0.1", listening))
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    waitFor: (matches) =>
      new Promise((resolve) => {
        const past = requests.find(matches)
        if (past !== undefined) return resolve(past)
        const notify = (request: ModelRequest) => {
          if (!matches(request)) return
          waiting.delete(notify)
          resolve(request)
        }
        waiting.add(notify)
      }),
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped())
        server.closeAllConnections()
      }),
  }
}

/** The same for the length of a scope. */
export const scriptedModel = (options: ScriptedModelOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => startScriptedModel(options)),
    (model) => Effect.promise(model.stop),
  )

const readBody = async (request: http.IncomingMessage): Promise<ChatRequest> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as ChatRequest
}

const sendJson = (response: http.ServerResponse, status: number, value: unknown, headers = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(value))
}

const textOf = (message: ChatMessage | undefined): string => {
  const content = message?.content ?? ""
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("\n")
}

const newest = (messages: ReadonlyArray<ChatMessage>, role: string) => textOf(messages.findLast((m) => m.role === role))

const describe = (request: http.IncomingMessage, body: ChatRequest, keepBody: boolean): ModelRequest => {
  const messages = body.messages ?? []
  const system = messages
    .filter((m) => m.role === "system")
    .map(textOf)
    .join("\n")
  const session = request.headers["x-session-id"]
  const tools = (body.tools ?? []).map((tool) => tool.function.name)
  return {
    at: Date.now(),
    session: typeof session === "string" ? session : null,
    purpose: purposeOf(system, newest(messages, "user"), tools.length),
    step: scriptIn(messages).step,
    directory: /Working directory: (.*)/.exec(system)?.[1] ?? null,
    user: newest(messages, "user"),
    authorization: request.headers.authorization ?? null,
    tools,
    body: keepBody ? body : null,
  }
}

/** opencode asks for titles and summaries without offering tools. */
const purposeOf = (system: string, user: string, tools: number): ModelRequest["purpose"] => {
  if (tools > 0) return "turn"
  if (/title generator/i.test(system)) return "title"
  return /summar|compact/i.test(system.slice(0, 1000) + user.slice(-2000)) ? "compaction" : "turn"
}

const scriptIn = (messages: ReadonlyArray<ChatMessage>) => {
  const at = messages.findLastIndex((m) => m.role === "user" && scriptPattern.test(textOf(m)))
  const step = messages.slice(at + 1).filter((m) => m.role === "assistant").length
  return { text: at < 0 ? null : (scriptPattern.exec(textOf(messages[at]))?.[1] ?? null), step }
}
const scriptPattern = /@@script\s*(\[[\s\S]*\])\s*@@end/

const stepFor = (request: ModelRequest, body: ChatRequest): ScriptStep => {
  if (request.purpose === "title") return { text: "A scripted title" }
  if (request.purpose === "compaction") return { text: "A scripted summary of the conversation so far." }
  const messages = body.messages ?? []
  const script = scriptIn(messages)
  if (script.text === null) return { text: `I was told: ${request.user.slice(0, 200)}` }
  const steps = parseScript(script.text)
  const step = steps[script.step] ?? { text: "The script has ended." }
  return fill(step, { directory: request.directory ?? "", result: newest(messages, "tool") })
}

const parseScript = (text: string): ReadonlyArray<ScriptStep> => {
  try {
    return JSON.parse(text) as ReadonlyArray<ScriptStep>
  } catch (cause) {
    return [{ status: 400, error: `the script is no JSON: ${String(cause)}` }]
  }
}

const fill = <A>(value: A, words: Readonly<Record<string, string>>): A => {
  if (typeof value === "string") return value.replace(/\{\{(\w+)\}\}/g, (all, word) => words[word] ?? all) as A
  if (Array.isArray(value)) return value.map((item) => fill(item, words)) as A
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, words)])) as A
}

let answers = 0

const answer = async (response: http.ServerResponse, body: ChatRequest, step: ScriptStep): Promise<void> => {
  const number = ++answers
  if (step.delayMs !== undefined) await Bun.sleep(step.delayMs)
  if (step.status !== undefined)
    return sendJson(response, step.status, { error: { message: step.error ?? "refused by the script" } }, step.headers)
  if (step.hang === true) return

  const calls = [...(step.tool === undefined ? [] : [{ tool: step.tool, args: step.args }]), ...(step.tools ?? [])]
  const words = step.text?.match(/\s*\S+\s*/g) ?? (step.text ? [step.text] : [])
  const sent = step.drop === true ? words.slice(0, Math.ceil(words.length / 2)) : words
  const head = { id: `chatcmpl-${number}`, created: Math.floor(Date.now() / 1000), model: body.model ?? "scripted" }
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, ...step.usage }

  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", ...step.headers })
  const write = (rest: object) =>
    response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", ...rest })}\n\n`)
  const delta = (content: object, finish: string | null = null) =>
    write({ choices: [{ index: 0, delta: content, finish_reason: finish }] })

  delta({ role: "assistant", content: "" })
  if (step.reasoning !== undefined) delta({ reasoning_content: step.reasoning })
  for (const word of sent) delta({ content: word })
  if (step.drop === true) {
    await Bun.sleep(50) // long enough for the first half to be read
    response.destroy()
    return
  }
  calls.forEach((call, index) =>
    delta({
      tool_calls: [
        {
          index,
          id: `call_${number}_${index}`,
          type: "function",
          function: { name: call.tool, arguments: JSON.stringify(call.args ?? {}) },
        },
      ],
    }),
  )
  delta({}, calls.length > 0 ? "tool_calls" : "stop")
  write({ choices: [], usage })
  response.end("data: [DONE]\n\n")
}

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

if (import.meta.main) {
  const key = argument("--key")
  const model = await startScriptedModel({
    port: Number(argument("--port") ?? 0),
    keepBodies: process.argv.includes("--bodies"),
    ...(key === undefined ? {} : { key }),
  })
  process.stdout.write(`${model.baseURL}\n`)
}

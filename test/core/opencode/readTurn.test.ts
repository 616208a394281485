import { expect } from "bun:test"
import { readTurn } from "@kugetsu/core/opencode/readTurn"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const report = Effect.fnUntraced(function* (events: ReadonlyArray<unknown>, stderr: string = "") {
  const dir = yield* temporaryDirectory
  const files = { events: path.join(dir, "events.jsonl"), stderr: path.join(dir, "stderr.log") }
  const text = events.map((event) => (typeof event === "string" ? event : `${JSON.stringify(event)}\n`))
  fs.writeFileSync(files.events, text.join(""))
  fs.writeFileSync(files.stderr, stderr)
  return yield* readTurn(files)
})

const T0 = Date.parse("2026-11-20T06:46:50.000Z")
const event = (type: string, part: object, at = T0) => ({ type, timestamp: at, sessionID: "ses_1", part })
const start = event("step_start", { type: "step-start" })
const finish = (reason: string, cost = 0, tokens: object = {}) => event("step_finish", { reason, cost, tokens })
const failure = (data: object, name = "APIError") => ({ type: "error", timestamp: T0, error: { name, data } })
const log = (time: string, fields: string) => `timestamp=2026-11-20T${time}Z level=ERROR run=60378701 ${fields}\n`
const refusal = (words: string, time = "06:46:51.853", small = false) =>
  log(
    time,
    `message="stream error" providerID=p modelID=m session.id=ses_1 small=${small} agent=build mode=primary error.error="AI_APICallError: ${words}"`,
  )

effectTest("steps are summed up: last words, last tool, tokens and cost", () =>
  Effect.gen(function* () {
    const tokens = { total: 10, input: 5, output: 3, reasoning: 1, cache: { read: 7, write: 2 } }
    const read = yield* report([
      start,
      event("text", { text: "First words." }),
      event("tool_use", { tool: "bash", state: { status: "completed", title: "npm\n  test" } }),
      finish("tool-calls", 0.25, tokens),
      start,
      event("reasoning", { text: "hm" }),
      event("text", { text: "Last words,\nwhole.\n" }),
      event("text", { text: " \n" }),
      finish("stop", 0.5, tokens),
    ])
    expect(read).toEqual({
      events: 9,
      malformed_lines: 0,
      error: null,
      last_step: "stop",
      last_text: "Last words,\nwhole.\n",
      last_tool: "bash: npm test",
      permission_asked: null,
      quota: null,
      tokens: { input: 10, output: 6, reasoning: 2, cache_read: 14, cache_write: 4 },
      cost: 0.75,
    })
  }),
)

effectTest("a line of 5 MB is read, and lines that are no event are counted and stop nothing", () =>
  Effect.gen(function* () {
    const read = yield* report([
      "Performing one time database migration\n",
      "\n",
      "17\n",
      '{"type":"text"}\n',
      { ...event("text", {}), part: { text: 17 } },
      event("tool_use", { tool: "read", state: { status: "completed", output: "x".repeat(5_000_000) } }),
      event("text", { text: "after it" }),
      finish("stop"),
    ])
    expect(read).toMatchObject({ events: 3, malformed_lines: 4, last_step: "stop", last_text: "after it" })
    expect(read.last_tool).toBe("read")
  }),
)

effectTest("an event that is being written, or was cut off, is no broken line", () =>
  Effect.gen(function* () {
    const cut = JSON.stringify(event("text", { text: "half" })).slice(0, 40)
    expect(yield* report([start, cut])).toMatchObject({ events: 1, malformed_lines: 0, last_text: null })
    const whole = JSON.stringify(event("text", { text: "whole, but for its newline" }))
    expect(yield* report([start, whole])).toMatchObject({ events: 2, last_text: "whole, but for its newline" })
  }),
)

effectTest("a step that was begun and not finished is no good end", () =>
  Effect.gen(function* () {
    expect((yield* report([start, finish("stop"), start])).last_step).toBe(null)
  }),
)

effectTest("nothing at all is reported as nothing", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    const read = yield* readTurn({ events: path.join(dir, "none"), stderr: path.join(dir, "none either") })
    expect(read).toMatchObject({ events: 0, malformed_lines: 0, error: null, last_step: null, quota: null })
  }),
)

effectTest("a dropped stream is reported with the words of the connection", () =>
  Effect.gen(function* () {
    const read = yield* report([
      start,
      start,
      failure({ message: "Connection reset by server", isRetryable: true, metadata: { code: "ECONNRESET" } }),
    ])
    expect(read.error).toEqual({ name: "APIError", message: "Connection reset by server", status: null })
    expect(read).toMatchObject({ last_step: null, quota: null })
  }),
)

effectTest("a permission that was asked for is found among the colours", () =>
  Effect.gen(function* () {
    const stderr = "\u001b[93m\u001b[1m! \u001b[0mpermission requested: bash (git push; ls); auto-rejecting\n"
    expect((yield* report([], stderr)).permission_asked).toBe("bash (git push; ls)")
    const quoted = log("06:46:51.000", 'message="! permission requested: bash (pwd); auto-rejecting"')
    expect((yield* report([], quoted)).permission_asked).toBe(null)
  }),
)

effectTest("what opencode says before it gives up is the error of a turn without events, and of no other", () =>
  Effect.gen(function* () {
    const stderr = [
      "\u001b[91m\u001b[1mError: \u001b[0mConfiguration is invalid at OPENCODE_CONFIG_CONTENT",
      '↳ Expected PermissionActionConfig, got "maybe" permission.bash',
      log("06:46:51.000", "message=bye"),
    ].join("\n")
    expect((yield* report([], stderr)).error).toEqual({
      name: "OpencodeError",
      message:
        'Configuration is invalid at OPENCODE_CONFIG_CONTENT\n↳ Expected PermissionActionConfig, got "maybe" permission.bash',
      status: null,
    })
    expect((yield* report([start, finish("stop")], stderr)).error).toBe(null)
  }),
)

effectTest("an error that opencode hides is told from its log", () =>
  Effect.gen(function* () {
    const hidden = failure({ message: "Unexpected server error. Check server logs for details." }, "UnknownError")
    const stderr = log(
      "06:46:51.000",
      'message=failed ref=err_1 error="ProviderModelNotFoundError: Model not found: p/\\"m\\"." cause="…"',
    )
    expect((yield* report([hidden], stderr)).error?.message).toBe('ProviderModelNotFoundError: Model not found: p/"m".')
  }),
)

const quotaAfter = (data: object) => Effect.map(report([failure({ message: "no", ...data })]), ({ quota }) => quota)

effectTest("the error that ends the turn says whether it is a quota, and when to come back", () =>
  Effect.gen(function* () {
    const headers = (responseHeaders: object) => ({ statusCode: 429, responseHeaders })
    expect(yield* quotaAfter({ statusCode: 429 })).toEqual({ retry_after_s: null })
    expect(yield* quotaAfter(headers({ "Retry-After": "120" }))).toEqual({ retry_after_s: 120 })
    expect(yield* quotaAfter(headers({ "retry-after": "Fri, 20 Nov 2026 06:56:50 GMT" }))).toEqual({
      retry_after_s: 600,
    })
    expect(yield* quotaAfter(headers({ "retry-after-ms": "1500", "retry-after": "2" }))).toEqual({ retry_after_s: 1.5 })
    expect(yield* quotaAfter({ statusCode: 429, message: "Please try again in 6m30.5s." })).toEqual({
      retry_after_s: 390.5,
    })
    expect(yield* quotaAfter({ message: "Usage limit reached. It will reset in 2 hours 5 minutes." })).toEqual({
      retry_after_s: 7500,
    })
    expect(yield* quotaAfter({ statusCode: 500, message: "quota service is down" })).toBe(null)
    expect(yield* quotaAfter({ statusCode: 400, message: "prompt is too long" })).toBe(null)
  }),
)

effectTest("a provider that says in its answer's body when to come back is heard", () =>
  Effect.gen(function* () {
    const after = (body: object) =>
      Effect.map(
        quotaAfter({ statusCode: 429, responseBody: JSON.stringify({ error: body }) }),
        (quota) => quota?.retry_after_s,
      )
    expect(
      yield* after({ details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "38.5s" }] }),
    ).toBe(38.5)
    expect(yield* after({ type: "usage_limit_reached", resets_in_seconds: 7200 })).toBe(7200)
    expect(yield* after({ type: "usage_limit_reached", resets_at: T0 / 1000 + 90 })).toBe(90)
    expect(yield* after({ metadata: { retry_after: 12 } })).toBe(12)
    expect(yield* after({ code: "insufficient_quota", limit: 7 })).toBe(null)
  }),
)

effectTest(
  "a pause longer than opencode makes of itself is the provider's wish, whatever its words, until something happens",
  () =>
    Effect.gen(function* () {
      const wait = (seconds: number) =>
        `kugetsu.waits ${JSON.stringify({ at: T0, next: T0 + seconds * 1000, message: "slow down" })}\n`
      const { quota } = yield* report([start], wait(5400))
      expect(quota).toEqual({ retry_after_s: 5400, again_at: "2026-11-20T08:16:50.000Z" })
      expect((yield* report([], wait(37))).quota).toBe(null)
      expect((yield* report([], `${wait(5400)}${wait(2)}`)).quota).toBe(null)
      expect((yield* report([event("step_start", {}, T0 + 1)], wait(5400))).quota).toBe(null)
      expect((yield* report([], `echo ${wait(5400)}kugetsu.waits {}\nkugetsu.waits half`)).quota).toBe(null)
    }),
)

effectTest("a limit on the size of a request is no quota, one on the use of a provider is", () =>
  Effect.gen(function* () {
    for (const message of [
      "context limit reached",
      "Context window limit reached, please shorten the conversation",
      "output token limit reached",
      "The maximum output tokens limit was reached",
      "model_context_window_limit: input_tokens limit reached",
      "Token limit reached",
    ]) {
      expect([message, yield* quotaAfter({ message })]).toEqual([message, null])
      expect([message, (yield* report([], refusal(message))).quota]).toEqual([message, null])
    }
    for (const message of [
      "5-hour limit reached",
      "Daily token limit reached",
      "Weekly input token limit reached",
      "Rate limit reached for gpt on tokens per min (TPM): Limit 30000",
      "Quota exceeded for metric: input_token_count, limit: 250000",
      "Usage limit reached; your context limit is 1M",
    ]) {
      expect([message, yield* quotaAfter({ message })]).toEqual([message, { retry_after_s: null }])
    }
  }),
)

effectTest("while opencode tries again its log says whether it is a quota, unless something happened since", () =>
  Effect.gen(function* () {
    const quota = (events: ReadonlyArray<unknown>, stderr: string) =>
      Effect.map(report(events, stderr), (read) => read.quota)
    expect(yield* quota([start], refusal("Rate limit reached, try again in 20s"))).toEqual({ retry_after_s: 20 })
    expect(yield* quota([], refusal("Too Many Requests"))).toEqual({ retry_after_s: null })
    expect(yield* quota([], refusal("You exceeded your current quota"))).toEqual({ retry_after_s: null })
    expect(yield* quota([], refusal("Too Many Requests") + refusal("socket hang up"))).toBe(null)
    expect(yield* quota([], refusal("Too Many Requests", "06:46:51.000", true))).toBe(null)
    const later = event("step_start", {}, Date.parse("2026-11-20T06:46:52.000Z"))
    expect(yield* quota([later], refusal("Too Many Requests"))).toBe(null)
  }),
)

import { describe, expect, test } from "bun:test"
import { makeTransport } from "@kugetsu/forge/Transport"
import { failureOf, TransportFailure } from "@kugetsu/forge/TransportFailure"
import { wholeAnswer } from "@kugetsu/forge/WholeAnswer"
import { Effect, Redacted } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { forgeServer } from "../kit/forges/forgeServer.ts"

const now = Date.parse("2026-11-20T06:30:00Z")

const failure = (promise: Promise<unknown>): Promise<TransportFailure> =>
  promise.then(
    () => Promise.reject(new Error("it was answered")),
    (cause) => (cause instanceof TransportFailure ? cause : Promise.reject(cause)),
  )

const transportAt = (base: string) =>
  makeTransport({
    base,
    credential: { scheme: "token", token: Redacted.make("s3cret") },
    ca: null,
    now: () => now,
    budget: null,
    memory: null,
  })

describe("an answer is whole only when", () => {
  const json = { "content-type": "application/json; charset=utf-8" }
  const whole = (
    body: string | Uint8Array<ArrayBuffer> | ReadableStream,
    headers: Record<string, string> = json,
    status = 200,
  ) => wholeAnswer(new Response(body, { status, headers }), { now: () => now })

  test.each(["application/json", "application/vnd.github.v3+json", "Application/JSON;charset=utf-8"])(
    "its type is JSON: %s",
    async (type) => expect(await (await whole("[1]", { "content-type": type })).json()).toEqual([1]),
  )
  test.each(["text/html", "text/plain", "application/jsonp", "application/octet-stream", ""])(
    'its type is not "%s"',
    async (type) => expect((await failure(whole("[]", { "content-type": type }))).reason).toBe("bad_answer"),
  )
  test("it has as many bytes as were declared", async () => {
    const declared = (length: number) => whole('["é"]', { ...json, "content-length": String(length) })
    expect(await (await declared(6)).json()).toEqual(["é"])
    expect((await failure(declared(5))).detail).toContain("6 bytes instead of 5")
    expect((await failure(declared(600))).reason).toBe("bad_answer")
  })
  test("it is UTF-8", async () =>
    expect((await failure(whole(new Uint8Array([0x22, 0xff, 0x22])))).detail).toContain("UTF-8"))
  test("it is of a size that can be read", async () => {
    const endless = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1024 * 1024)) })
    expect((await failure(whole(endless))).detail).toContain("larger than")
  })
  test.each([201, 202, 206, 302])("its status is 200, and not %d", async (status) =>
    expect((await failure(whole("[]", json, status))).reason).toBe("bad_answer"),
  )
})

describe("an HTTP error means", () => {
  const of = (status: number, headers: Record<string, string> = {}, message = "words") =>
    failureOf({ status, headers: new Headers(headers), body: JSON.stringify({ message }), now })

  test.each([
    [401, "unauthorised"],
    [403, "forbidden"],
    [404, "not_found"],
    [410, "not_found"],
    [429, "rate_limited"],
    [408, "unavailable"],
    [500, "unavailable"],
    [502, "unavailable"],
    [503, "unavailable"],
    [400, "bad_answer"],
    [422, "bad_answer"],
  ] as const)("(%d) %s", (status, reason) => expect(of(status).reason).toBe(reason))

  test.each([
    ["a number of seconds", 429, { "retry-after": "30" }, 30],
    ["a date", 429, { "retry-after": "Fri, 20 Nov 2026 06:31:00 GMT" }, 60],
    ["GitHub's reset", 403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now / 1000 + 90) }, 90],
    ["GitLab's reset", 429, { "ratelimit-remaining": "0", "ratelimit-reset": String(now / 1000 + 20) }, 20],
    ["a proxy's reset", 429, { "ratelimit-reset": "25" }, 25],
    ["Retry-After before the reset", 429, { "retry-after": "5", "x-ratelimit-reset": "90" }, 5],
  ] as const)("(come back at %s)", (_, status, headers, seconds) => {
    const limited = of(status, headers)
    expect(limited.reason).toBe("rate_limited")
    expect(limited.until).toBe(now + seconds * 1000)
  })

  test.each([
    [{ "retry-after": "soon" }],
    [{ "retry-after": "99999999999999999999" }],
    [{ "x-ratelimit-remaining": "12", "x-ratelimit-reset": "9999999999" }],
  ])("(no time is known from %j)", (headers) => {
    const limited = of(429, headers as unknown as Record<string, string>)
    expect(limited.until).toBe(null)
    expect(limited.transient).toBe(false)
  })

  test("a 403 that speaks of the rate limit is one", () =>
    expect(of(403, {}, "You have exceeded a secondary rate limit.").reason).toBe("rate_limited"))

  test("the forge's words are told, and a page is not", () => {
    expect(of(422, {}, "Validation Failed").detail).toBe("HTTP 422: Validation Failed")
    const page = failureOf({ status: 502, headers: new Headers(), body: "<html>bad</html>", now })
    expect(page.detail).toBe("HTTP 502")
  })
})

effectTest("a redirect on the same server is followed with the same question", () =>
  Effect.gen(function* () {
    const server = yield* forgeServer(({ path, query }) =>
      path === "/old"
        ? { status: 307, headers: { location: "/new", "content-type": "text/html" }, body: "" }
        : { status: 200, body: { path, state: query.get("state") } },
    )
    const answer = yield* Effect.promise(() => transportAt(server.origin)(`${server.origin}/old?state=all`))
    expect(yield* Effect.promise(() => answer.json())).toEqual({ path: "/new", state: "all" })
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["token s3cret", "token s3cret"])
  }),
)

effectTest("only questions are redirected, and what the server says to send elsewhere unchanged", () =>
  Effect.gen(function* () {
    for (const status of [301, 302, 303, 307, 308]) {
      const server = yield* forgeServer(({ path }) =>
        path === "/new"
          ? { status: 201, body: { made: true } }
          : { status, headers: { location: "/new", "content-type": "text/html" }, body: "" },
      )
      const transport = transportAt(server.origin)
      const answer = transport(`${server.origin}/old`, { method: "POST", body: '{"title":"it"}' })
      if (status < 307) expect((yield* Effect.promise(() => failure(answer))).reason).toBe("bad_answer")
      else expect((yield* Effect.promise(() => answer)).status).toBe(201)
      const sent = server.requests.map(({ body, method, path }) => [method, path, body])
      const first = ["POST", "/old", '{"title":"it"}']
      expect(sent).toEqual(status < 307 ? [first] : [first, ["POST", "/new", '{"title":"it"}']])
    }
  }),
)

effectTest("what was to be made may be answered with 201, and a question may not", () =>
  Effect.gen(function* () {
    const server = yield* forgeServer(() => ({ status: 201, body: { made: true } }))
    const transport = transportAt(server.origin)
    expect((yield* Effect.promise(() => transport(server.origin, { method: "POST", body: "{}" }))).status).toBe(201)
    expect((yield* Effect.promise(() => failure(transport(server.origin)))).reason).toBe("bad_answer")
  }),
)

effectTest("another origin is not even asked", () =>
  Effect.gen(function* () {
    const server = yield* forgeServer(() => ({ status: 200, body: [] }))
    const transport = transportAt("https://forge.example")
    for (const url of [server.origin, "http://forge.example/", "https://forge.example:444/"])
      expect((yield* Effect.promise(() => failure(transport(url)))).reason).toBe("bad_answer")
    expect(server.requests).toEqual([])
  }),
)

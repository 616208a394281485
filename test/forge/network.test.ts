import { describe, expect, test } from "bun:test"
import { plainProxy } from "@kugetsu/forge/PlainProxy"
import { Effect } from "effect"
import * as http from "node:http"
import * as net from "node:net"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { certificateFile, strangerFile } from "../kit/forges/forgeServer.ts"

/** A proxy on loopback that knows nobody's names, and what passed through it in the clear. */
const proxyServer = Effect.acquireRelease(
  Effect.promise(async () => {
    const seen: Array<string> = []
    const sockets = new Set<net.Socket>()
    const server = http.createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)
      response.end()
    })
    server.on("connect", (request, client: net.Socket) => {
      seen.push(`CONNECT ${request.url} ${JSON.stringify(request.headers)}`)
      const upstream = net.connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n")
        client.pipe(upstream)
        upstream.pipe(client)
      })
      for (const socket of [client, upstream]) {
        sockets.add(socket)
        socket.on("error", () => socket.destroy())
      }
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return { seen, server, sockets, url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}` }
  }),
  ({ server, sockets }) =>
    Effect.sync(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }),
)

const program = path.join(import.meta.dir, "asked.program.ts")

/** What a process of its own says, in that environment. */
const askedIn = (url: string, env: Readonly<Record<string, string>>) =>
  Effect.promise(async () => {
    const child = Bun.spawn([process.execPath, program, url], {
      env: { HOME: "/nonexistent", PATH: "", GITEA_TOKEN: "s3cret-t0ken", ...env },
      stdout: "pipe",
      stderr: "pipe",
    })
    const [stdout, stderr] = [await new Response(child.stdout).text(), await new Response(child.stderr).text()]
    expect(stderr.replace(/^.*extra certs.*$/gim, "").trim()).toBe("")
    expect(stdout).not.toContain("s3cret-t0ken")
    return stdout.trim()
  })

const branch = "fix/issue-4"

effectTest("a forge behind a proxy is asked through it, and the proxy learns neither token nor question", () =>
  Effect.gen(function* () {
    const proxy = yield* proxyServer
    const { repository, server } = yield* fakeGitea({ token: "s3cret-t0ken", tls: true })
    repository.createPr(branch)
    const url = server.origin.replace("127.0.0.1", "localhost")
    const trust = { NODE_EXTRA_CA_CERTS: certificateFile }
    for (const variable of ["HTTPS_PROXY", "https_proxy"]) {
      proxy.seen.length = 0
      expect(yield* askedIn(url, { ...trust, [variable]: proxy.url })).toStartWith("found https://")
      expect(proxy.seen.length).toBe(1)
      expect(proxy.seen[0]).toStartWith(`CONNECT ${new URL(url).host}`)
      expect(proxy.seen.join()).not.toMatch(/s3cret|kdev/)
    }
    proxy.seen.length = 0
    const direct = { ...trust, HTTPS_PROXY: proxy.url, NO_PROXY: "localhost" }
    expect(yield* askedIn(url, direct)).toStartWith("found https://")
    expect(proxy.seen).toEqual([])
  }),
)

effectTest("a proxy that is not there is an unreachable forge", () =>
  Effect.gen(function* () {
    const { server, url } = yield* fakeGitea({ token: "s3cret-t0ken", tls: true })
    const answer = yield* askedIn(url, { HTTPS_PROXY: "http://127.0.0.1:1", NODE_EXTRA_CA_CERTS: certificateFile })
    expect(answer).toStartWith("unavailable ")
    expect(server.requests).toEqual([])
  }),
)

effectTest("a token is not sent through a proxy in the clear", () =>
  Effect.gen(function* () {
    const proxy = yield* proxyServer
    const { repository, server, url } = yield* fakeGitea({ token: "s3cret-t0ken" })
    repository.createPr(branch)
    const answer = yield* askedIn(url, { HTTP_PROXY: proxy.url })
    expect(answer).toStartWith("misconfigured ")
    expect(answer).toContain("NO_PROXY")
    expect([...proxy.seen, ...server.requests]).toEqual([])
    expect(yield* askedIn(url, { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" })).toStartWith("found http://")
    expect(proxy.seen).toEqual([])
  }),
)

effectTest("NODE_EXTRA_CA_CERTS names an authority that is trusted besides, and only that", () =>
  Effect.gen(function* () {
    const { repository, url } = yield* fakeGitea({ token: "s3cret-t0ken", tls: true })
    repository.createPr(branch)
    expect(yield* askedIn(url, { NODE_EXTRA_CA_CERTS: certificateFile })).toStartWith("found https://")
    for (const env of [{}, { NODE_EXTRA_CA_CERTS: strangerFile }])
      expect(yield* askedIn(url, env)).toStartWith("unavailable ")
  }),
)

describe("a plain request leaves through", () => {
  const url = new URL("http://127.0.0.1:3000/git")
  test.each([
    [null, {}],
    [null, { HTTPS_PROXY: "http://p" }],
    [null, { HTTP_PROXY: "" }],
    ["HTTP_PROXY", { HTTP_PROXY: "http://p" }],
    ["http_proxy", { http_proxy: "http://p", HTTP_PROXY: "http://q" }],
    ["ALL_PROXY", { ALL_PROXY: "http://p" }],
    [null, { HTTP_PROXY: "http://p", NO_PROXY: "*" }],
    [null, { HTTP_PROXY: "http://p", no_proxy: "localhost, 127.0.0.1" }],
    [null, { HTTP_PROXY: "http://p", NO_PROXY: "127.0.0.1:3000" }],
    ["HTTP_PROXY", { HTTP_PROXY: "http://p", NO_PROXY: "127.0.0.1:3001" }],
    ["HTTP_PROXY", { HTTP_PROXY: "http://p", NO_PROXY: "127.0.0" }],
  ] as const)("%p: %j", (expected, environment) => expect(plainProxy(environment, url)).toBe(expected))
})

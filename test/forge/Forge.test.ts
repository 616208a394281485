import { describe, expect, test } from "bun:test"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { type ForgeUnknown, PullRequests } from "@kugetsu/core/PullRequests"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Forge } from "@kugetsu/forge/Forge"
import { apiBase } from "@kugetsu/forge/ForgeAddress"
import { Effect, Layer } from "effect"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { fakeGitHub } from "../kit/forges/fakeGitHub.ts"
import { fakeGitLab } from "../kit/forges/fakeGitLab.ts"
import { byBranch, forgePullRequests, type ForgeSetting, refAt, wholeText } from "../kit/forges/forgePullRequests.ts"
import { certificateFile, forgeServer, strangerFile } from "../kit/forges/forgeServer.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const branch = "fix/issue-4"
const keyFor = (host: string) => `KUGETSU_TOKEN_${host.replace(/\W/g, "_")}`

const typeKey = { github: "GITHUB_TOKEN", gitlab: "GITLAB_TOKEN", gitea: "GITEA_TOKEN" }

const ask = (host: string, setting: ForgeSetting) =>
  byBranch(refAt(host), branch).pipe(Effect.provide(forgePullRequests(setting)))
const refusal = (host: string, setting: ForgeSetting): Effect.Effect<ForgeUnknown> =>
  Effect.flip(ask(host, setting)) as Effect.Effect<ForgeUnknown>

describe("the API of a server is at", () => {
  test.each([
    ["github", "https://github.com", "https://api.github.com"],
    ["github", "http://github.com", "https://api.github.com"],
    ["github", "https://git.corp.example", "https://git.corp.example/api/v3"],
    ["github", "https://corp.ghe.com", "https://api.corp.ghe.com"],
    ["gitlab", "https://gitlab.com", "https://gitlab.com/api/v4"],
    ["gitlab", "https://h.example:8443/lab", "https://h.example:8443/lab/api/v4"],
    ["gitea", "http://git.local:3000", "http://git.local:3000/api/v1"],
    ["gitea", "https://h.example/git", "https://h.example/git/api/v1"],
  ] as const)("(%s %s) %s", (type, url, base) => expect(apiBase(type, url)).toBe(base))
})

effectTest("the env file of agents on issues comes before the environment", () =>
  Effect.gen(function* () {
    const { server, url } = yield* fakeGitea({ token: "right" })
    const servers = [{ url, type: "gitea" as const }]
    const right = { GITEA_TOKEN: "right" }
    const wrong = { GITEA_TOKEN: "wrong" }
    expect(yield* ask(server.host, { servers, envFiles: { dev: right }, environment: wrong })).toBe(null)
    expect(yield* ask(server.host, { servers, environment: right })).toBe(null)
    const refused = yield* refusal(server.host, { servers, environment: wrong })
    expect([refused.reason, refused.remedy.includes("kugetsu env set GITEA_TOKEN -")]).toEqual(["unauthorised", true])
    const own = { ...right, [keyFor(server.host)]: "wrong" }
    expect((yield* refusal(server.host, { servers, environment: own })).remedy).toContain(keyFor(server.host))
  }),
)

effectTest("a server is never asked without a token", () =>
  Effect.gen(function* () {
    const { server, url } = yield* fakeGitHub({ token: "right" })
    for (const type of ["github", "gitlab", "gitea", null] as const)
      for (const environment of [{}, { GITHUB_TOKEN: "", GITLAB_TOKEN: " " }, { [keyFor(server.host)]: "two words" }]) {
        const error = yield* refusal(server.host, { servers: [{ url, type }], environment })
        // what can be no token was set by somebody, who has to hear of it
        expect(error.reason).toBe(keyFor(server.host) in environment ? "misconfigured" : "no_token")
        const named = type === null || keyFor(server.host) in environment ? keyFor(server.host) : typeKey[type]
        expect(error.remedy).toContain(`kugetsu env set ${named} -`)
      }
    expect(server.requests).toEqual([])
  }),
)

effectTest("a token of all GitLabs is sent to no server of which nobody but itself says that it is one", () =>
  Effect.gen(function* () {
    const { server, url } = yield* fakeGitea({ token: "right", tls: true })
    const environment = { GITEA_TOKEN: "right", GITHUB_TOKEN: "right", GITLAB_TOKEN: "right" }
    for (const servers of [[], [{ url, type: null, ca: certificateFile }]]) {
      const error = yield* refusal(server.host, { servers, environment })
      expect(error.reason).toBe("no_token")
    }
    expect(server.requests).toEqual([])
  }),
)

effectTest("no token crosses a network in the clear: nobody is asked", () =>
  Effect.gen(function* () {
    const servers = [{ url: "http://git.invalid:3000", type: "gitea" as const }]
    const error = yield* refusal("git.invalid:3000", { servers, environment: { GITEA_TOKEN: "right" } })
    expect([error.reason, error.remedy.includes("https://")]).toEqual(["misconfigured", true])
  }),
)

describe("a server of unknown type is asked once what it is", () => {
  effectTest("Gitea", () =>
    Effect.gen(function* () {
      const { server, url, repository } = yield* fakeGitea({ token: "right", subPath: "/git" })
      repository.createPr(branch)
      yield* Effect.gen(function* () {
        for (let i = 0; i < 3; i++) expect((yield* byBranch(refAt(server.host), branch))?.number).toBe(1)
      }).pipe(
        Effect.provide(
          forgePullRequests({ servers: [{ url, type: null }], environment: { [keyFor(server.host)]: "right" } }),
        ),
      )
      expect(server.requests.map((it) => it.path).filter((it) => it.endsWith("/version"))).toEqual([
        "/git/api/v1/version",
      ])
    }),
  )

  effectTest("GitLab", () =>
    Effect.gen(function* () {
      const { server, url, repository } = yield* fakeGitLab({ token: "right" })
      repository.createPr(branch)
      const environment = { [keyFor(server.host)]: "right" }
      const found = yield* ask(server.host, { servers: [{ url, type: null }], environment })
      expect(found?.number).toBe(1)
      const probes = server.requests.filter((it) => it.path.endsWith("/version"))
      expect(probes.map((it) => it.path)).toEqual(["/api/v1/version", "/api/v4/version"])
    }),
  )

  for (const [name, status, body] of [
    ["no token it knows", 401, { message: "401 Unauthorized" }],
    ["a token, in more words", 401, { message: "401 Unauthorized - token is missing", status: 401 }],
    ["a token that was revoked", 401, { error: "invalid_token", error_description: "Token was revoked." }],
    ["a token for something else", 403, { error: "insufficient_scope", scope: "api" }],
  ] as const)
    effectTest(`GitLab, also when it refuses ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* forgeServer(({ path }) =>
          path.startsWith("/api/v4/") ? { status, body } : { status: 404, body: { message: "Not Found" } },
        )
        const environment = { [keyFor(server.host)]: "wrong" }
        const refused = yield* refusal(server.host, { servers: [{ url: server.origin, type: null }], environment })
        expect(refused.reason).toBe(status === 401 ? "unauthorised" : "forbidden")
      }),
    )

  effectTest("another server that refuses in words of its own is no GitLab", () =>
    Effect.gen(function* () {
      for (const body of [{ message: "Invalid or expired session" }, { error: "login" }, "401 Unauthorized"]) {
        const server = yield* forgeServer(() => ({ status: 401, body }))
        const environment = { [keyFor(server.host)]: "right" }
        const refused = yield* refusal(server.host, { servers: [{ url: server.origin, type: null }], environment })
        expect(refused.reason).toBe("unknown_forge")
      }
    }),
  )

  effectTest("and one that answers as neither is unknown; one that does not answer is only not known yet", () =>
    Effect.gen(function* () {
      const server = yield* forgeServer(() => ({
        status: 404,
        headers: { "content-type": "text/html" },
        body: "<html>",
      }))
      const environment = { [keyFor(server.host)]: "right" }
      const neither = yield* refusal(server.host, { servers: [{ url: server.origin, type: null }], environment })
      expect(neither.reason).toBe("unknown_forge")
      expect(neither.remedy).toContain("kugetsu server add")
      server.spoil("500")
      const silent = yield* refusal(server.host, { servers: [{ url: server.origin, type: null }], environment })
      expect(silent.reason).toBe("unavailable")
      expect(silent.detail).toContain("HTTP 500")
      // what was not learnt is asked again
      expect(server.requests.length).toBe(2 + 3)
      server.spoil("429 late")
      const limited = yield* refusal(server.host, { servers: [{ url: server.origin, type: null }], environment })
      expect([limited.reason, Date.parse(limited.until ?? "") > Date.now()]).toEqual(["rate_limited", true])
    }),
  )
})

effectTest("servers.json, repos.json and an env file are all it takes", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const { server, url, repository } = yield* fakeGitea({ token: "right", tls: true, subPath: "/git" })
    repository.createPr(branch)
    const write = (file: string, text: string) => Effect.promise(() => Bun.write(path.join(root, file), text))
    yield* write(
      "servers.json",
      JSON.stringify({ servers: [{ name: "ours", url, type: "gitea", ca: certificateFile }] }),
    )
    yield* write("repos.json", JSON.stringify({ [`${server.host}/kdev/local`]: "/srv/git/local.git" }))
    yield* write("env/pm-agent.env", "GITEA_TOKEN=right\n")
    yield* Effect.gen(function* () {
      expect((yield* byBranch(refAt(server.host), branch))?.url).toBe(`${url}/kdev/demo/pulls/1`)
      const error = yield* Effect.flip(byBranch(refAt(server.host, "kdev", "local"), branch))
      expect(error.reason).toBe("unknown_forge")
      yield* write("servers.json", "{")
      const broken = yield* Effect.flip(byBranch(refAt(server.host), branch))
      expect([broken.reason, broken.detail]).toEqual(["misconfigured", expect.stringContaining("servers.json")])
      yield* write("servers.json", "{}")
      yield* write("env/dev.env", "what is this\n")
      const unread = yield* Effect.flip(byBranch(refAt(server.host), branch))
      expect([unread.reason, unread.detail]).toEqual(["misconfigured", expect.stringContaining("dev.env")])
    }).pipe(
      Effect.provide(
        Forge.layer.pipe(
          Layer.provide([Servers.layer, EnvFiles.layer]),
          Layer.provide(Settings.layer),
          Layer.provide(KugetsuHome.at(root)),
          Layer.provide(Layer.succeed(HostEnvironment, {})),
        ),
      ),
    )
  }),
)

effectTest("a repository on this machine has no forge, and nobody is asked", () =>
  Effect.gen(function* () {
    const { server, url } = yield* fakeGitHub({ token: "right" })
    const error = yield* refusal(server.host, {
      servers: [{ url, type: "github" }],
      environment: { GITHUB_TOKEN: "right" },
      cloneUrl: "/srv/git/demo.git",
    })
    expect(error.reason).toBe("unknown_forge")
    expect(error.detail).toContain("/srv/git/demo.git")
    expect(server.requests).toEqual([])
  }),
)

describe("a server with a certificate of its own authority", () => {
  const setting = (url: string, ca: string | null): ForgeSetting => ({
    servers: [{ url, type: "gitea", ca }],
    environment: { GITEA_TOKEN: "right" },
  })
  effectTest("is trusted with the authority's certificate", () =>
    Effect.gen(function* () {
      const { server, url } = yield* fakeGitea({ token: "right", tls: true })
      expect(url).toStartWith("https://")
      expect(yield* ask(server.host, setting(url, certificateFile))).toBe(null)
    }),
  )
  effectTest("is not trusted without it or with another's, and gets no token", () =>
    Effect.gen(function* () {
      const { server, url } = yield* fakeGitea({ token: "right", tls: true })
      for (const ca of [null, strangerFile]) {
        const error = yield* refusal(server.host, setting(url, ca))
        expect(error.reason).toBe("unavailable")
        expect(error.detail).toContain("SELF_SIGNED")
      }
      expect(server.requests).toEqual([])
    }),
  )
  effectTest("is not asked while the certificate's file is missing", () =>
    Effect.gen(function* () {
      const { server, url } = yield* fakeGitea({ token: "right", tls: true })
      const error = yield* refusal(server.host, setting(url, "/nowhere/ca.pem"))
      expect(error.reason).toBe("misconfigured")
      expect(error.message).toContain("/nowhere/ca.pem")
    }),
  )
})

effectTest("a token is sent only to the server's own origin, also when it is told to go elsewhere", () =>
  Effect.gen(function* () {
    const thief = yield* forgeServer(() => ({ status: 200, body: [] }))
    for (const [type, key] of [
      ["github", "GITHUB_TOKEN"],
      ["gitlab", "GITLAB_TOKEN"],
      ["gitea", "GITEA_TOKEN"],
    ] as const) {
      const server = yield* forgeServer(({ path }) => ({
        status: 302,
        headers: { location: `${thief.origin}${path}`, "content-type": "text/html" },
        body: "",
      }))
      const error = yield* refusal(server.host, {
        servers: [{ url: server.origin, type }],
        environment: { [key]: "s3cret" },
      })
      expect(error.reason).toBe("bad_answer")
      expect(error.detail).toContain(thief.origin)
      expect(wholeText(error)).not.toContain("s3cret")
      expect(server.requests.length).toBe(1)
    }
    expect(thief.requests).toEqual([])
  }),
)

effectTest("an interrupted question ends its request at once", () =>
  Effect.gen(function* () {
    const { server, url } = yield* fakeGitLab({ token: "right" })
    const gone = Promise.withResolvers<void>()
    server.spoil("hang")
    const layer = forgePullRequests({ servers: [{ url, type: "gitlab" }], environment: { GITLAB_TOKEN: "right" } })
    yield* Effect.gen(function* () {
      const pullRequests = yield* PullRequests
      const asked = Promise.withResolvers<void>()
      server.beforeAnswer = () => asked.resolve()
      server.onDisconnect = gone.resolve
      const fiber = yield* Effect.forkChild(pullRequests.findByBranch(refAt(server.host), branch))
      yield* Effect.promise(() => asked.promise)
      fiber.interruptUnsafe()
      yield* Effect.promise(() => gone.promise)
    }).pipe(Effect.provide(layer))
  }),
)

test("the client libraries are not loaded before a forge of theirs is asked", () => {
  const forge = path.join(import.meta.dir, "../../packages/forge/src/Forge.ts")
  const script = `await import(${JSON.stringify(forge)}); console.log(Object.keys(require.cache).join("\\n"))`
  const { stdout, exitCode } = Bun.spawnSync([process.execPath, "-e", script], {
    cwd: import.meta.dir,
    env: { HOME: "/nonexistent", PATH: "" },
  })
  expect(exitCode).toBe(0)
  expect(stdout.toString()).toContain("forge/src/GitLab.ts")
  expect(stdout.toString()).not.toMatch(/octokit|gitbeaker/)
})

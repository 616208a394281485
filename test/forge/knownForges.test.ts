import { expect } from "bun:test"
import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { fakeGitLab } from "../kit/forges/fakeGitLab.ts"
import { byBranch, create, forgePullRequests, refAt } from "../kit/forges/forgePullRequests.ts"
import type { ForgeServer } from "../kit/forges/forgeServer.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const branch = "fix/issue-4"

const probes = ({ requests }: ForgeServer) => requests.map(({ path }) => path).filter((it) => it.endsWith("/version"))

/** A home, and a layer as each process has one of its own. */
const setUp = Effect.gen(function* () {
  const home = yield* temporaryDirectory
  const file = path.join(home, "forges.json")
  return {
    file,
    read: () => JSON.parse(fs.readFileSync(file, "utf8")),
    write: (text: string) => fs.writeFileSync(file, text),
    inProcess: ({ server, url }: { readonly server: ForgeServer; readonly url: string }) =>
      forgePullRequests({
        servers: [{ url, type: null }],
        environment: { [`KUGETSU_TOKEN_${server.host.replace(/\W/g, "_")}`]: "right" },
        home,
      }),
  }
})

effectTest("what a server is, is remembered by the next process", () =>
  Effect.gen(function* () {
    const { file, inProcess, read } = yield* setUp
    const [one, other] = [yield* fakeGitLab({ token: "right", subPath: "/lab" }), yield* fakeGitea({ token: "right" })]
    for (let i = 0; i < 3; i++)
      for (const fake of [one, other])
        expect(yield* byBranch(refAt(fake.server.host), branch).pipe(Effect.provide(inProcess(fake)))).toBe(null)
    expect([probes(one.server), probes(other.server)]).toEqual([
      ["/lab/api/v1/version", "/lab/api/v4/version"],
      ["/api/v1/version"],
    ])
    const learnt_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*[+-]\d\d:\d\d$/)
    expect(read()).toEqual({
      version: 1,
      servers: { [one.url]: { type: "gitlab", learnt_at }, [other.url]: { type: "gitea", learnt_at } },
    })
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  }),
)

effectTest("a memory that is wrong heals: the server is asked again, and then the question", () =>
  Effect.gen(function* () {
    for (const wrong of ["github", "gitlab"]) {
      const { inProcess, read, write } = yield* setUp
      const fake = yield* fakeGitea({ token: "right" })
      write(
        JSON.stringify({
          version: 1,
          servers: { [fake.url]: { type: wrong, learnt_at: "2026-11-20T06:30:00+00:00" } },
        }),
      )
      const made = yield* create(refAt(fake.server.host), { branch }).pipe(Effect.provide(inProcess(fake)))
      expect(made.url).toBe(`${fake.url}/kdev/demo/pulls/1`)
      expect(fake.repository.pulls.length).toBe(1)
      expect(read().servers[fake.url].type).toBe("gitea")
    }
  }),
)

effectTest("a memory that cannot be read is made anew", () =>
  Effect.gen(function* () {
    const { inProcess, read, write } = yield* setUp
    const fake = yield* fakeGitea({ token: "right" })
    for (const text of ["", "{", "[]", '{"version":2,"servers":{}}', '{"version":1,"servers":{"x":{"type":"svn"}}}']) {
      write(text)
      expect(yield* byBranch(refAt(fake.server.host), branch).pipe(Effect.provide(inProcess(fake)))).toBe(null)
      expect(read().servers[fake.url].type).toBe("gitea")
    }
  }),
)

effectTest("a memory that holds is not doubted again and again where the forge says 404", () =>
  Effect.gen(function* () {
    const { inProcess } = yield* setUp
    const fake = yield* fakeGitea({ token: "right" })
    yield* byBranch(refAt(fake.server.host), branch).pipe(Effect.provide(inProcess(fake)))
    fake.server.requests.length = 0
    yield* Effect.gen(function* () {
      for (let i = 0; i < 5; i++) {
        const error: ForgeUnknown = yield* Effect.flip(byBranch(refAt(fake.server.host, "kdev", "gone"), branch))
        expect(error.reason).toBe("not_found")
      }
    }).pipe(Effect.provide(inProcess(fake)))
    expect(probes(fake.server).length).toBe(1)
  }),
)

effectTest("what the person says of a server is never doubted", () =>
  Effect.gen(function* () {
    const fake = yield* fakeGitea({ token: "right" })
    const error: ForgeUnknown = yield* Effect.flip(byBranch(refAt(fake.server.host), branch)).pipe(
      Effect.provide(
        forgePullRequests({ servers: [{ url: fake.url, type: "gitlab" }], environment: { GITLAB_TOKEN: "right" } }),
      ),
    )
    expect(error.reason).toBe("not_found")
    expect(probes(fake.server)).toEqual([])
  }),
)

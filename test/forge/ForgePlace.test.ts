import { expect } from "bun:test"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Forge } from "@kugetsu/forge/Forge"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { byBranch, byNumber, comment, readIssue, refAt } from "../kit/forges/forgePullRequests.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const branch = "fix/issue-4"
const environment = { GITEA_TOKEN: "right" }

/** The server of the refs and another one, each with `kdev/demo` and a pull request; `codeAt` is the ref's address. */
const setUp = Effect.gen(function* () {
  const root = yield* temporaryDirectory
  const own = yield* fakeGitea({ token: "right", subPath: "/git" })
  const other = yield* fakeGitea({ token: "right" })
  own.repository.createPr("before")
  for (const { repository } of [own, other]) repository.createPr(branch)
  const ref = refAt(own.server.host, "ann", "tool")
  const write = (file: string, record: unknown) => fs.writeFileSync(path.join(root, file), JSON.stringify(record))
  const useServers = (...more: ReadonlyArray<object>) =>
    write("servers.json", { servers: [{ name: "own", url: own.url, type: "gitea" }, ...more] })
  useServers({ name: "other", url: other.url, type: "gitea" })
  return {
    own,
    other,
    ref,
    useServers,
    codeAt: (address: string) =>
      write("repos.json", { [ref.repositoryKey]: address, [`${ref.instance}/kdev/demo`]: address }),
    layers: Forge.layer.pipe(
      Layer.provide([Servers.layer, EnvFiles.layer]),
      Layer.provide(Settings.layer),
      Layer.provide(KugetsuHome.at(root)),
      Layer.provide(Layer.succeed(HostEnvironment, environment)),
    ),
  }
})

effectTest("the forge that has the code is asked, and not the one that the ref names", () =>
  Effect.gen(function* () {
    const { codeAt, layers, other, own, ref } = yield* setUp
    codeAt(`${other.url}/kdev/demo.git`)
    yield* Effect.gen(function* () {
      expect((yield* byBranch(ref, branch))?.url).toBe(`${other.url}/kdev/demo/pulls/1`)
      expect((yield* byNumber(ref, 1)).url).toBe(`${other.url}/kdev/demo/pulls/1`)
      const unknown = yield* Effect.flip(byNumber(ref, 9))
      expect(`${unknown.host} ${unknown.operation}`).toBe(`${other.server.host} pull request kdev/demo#9`)
    }).pipe(Effect.provide(layers))
    expect(own.server.requests).toEqual([])
  }),
)

effectTest("issues are read and written where the ref says, also where the code goes to a fork elsewhere", () =>
  Effect.gen(function* () {
    const { codeAt, layers, other, own } = yield* setUp
    const number = own.repository.createIssue()
    for (const address of [`${other.url}/kdev/demo.git`, `${own.url}/me/fork.git`]) {
      codeAt(address)
      yield* Effect.gen(function* () {
        const issue = refAt(own.server.host, "kdev", "demo", String(number))
        expect((yield* readIssue(issue)).url).toBe(`${own.url}/kdev/demo/issues/${number}`)
        // an address that somebody pasted brings the server's path along
        const pasted = refAt(own.server.host, "git/kdev", "demo", String(number))
        expect((yield* comment(pasted, "word")).url).toStartWith(`${own.url}/kdev/demo/issues/${number}`)
      }).pipe(Effect.provide(layers))
    }
    expect(other.server.requests).toEqual([])
  }),
)

effectTest("the name that the repository has at the forge is asked for, over SSH as over the web", () =>
  Effect.gen(function* () {
    const { codeAt, layers, other, own, ref } = yield* setUp
    for (const address of [`${own.url}/kdev/demo.git`, "ssh://git@127.0.0.1:2222/kdev/demo.git"]) {
      codeAt(address)
      const found = yield* byBranch(ref, branch).pipe(Effect.provide(layers))
      expect(found?.url).toBe(`${own.url}/kdev/demo/pulls/2`)
    }
    expect(other.server.requests).toEqual([])
  }),
)

effectTest("a name that only ssh knows is no forge, until servers.json says which one it is", () =>
  Effect.gen(function* () {
    const { codeAt, layers, other, own, ref, useServers } = yield* setUp
    codeAt("git@work-alias:kdev/demo.git")
    const error = yield* Effect.flip(byBranch(ref, branch).pipe(Effect.provide(layers)))
    if (error._tag !== "ForgeUnknown") throw error
    expect([error.reason, error.detail]).toEqual(["unknown_forge", expect.stringContaining("work-alias")])
    expect(error.remedy).toContain("kugetsu server add work-alias ")
    expect([...own.server.requests, ...other.server.requests]).toEqual([])

    useServers({ name: "work-alias", url: other.url, type: "gitea" })
    const found = yield* byBranch(ref, branch).pipe(Effect.provide(layers))
    expect(found?.url).toBe(`${other.url}/kdev/demo/pulls/1`)
  }),
)

effectTest("the SSH of a big forge on the port of HTTPS is that forge", () =>
  Effect.gen(function* () {
    const { codeAt, layers, ref } = yield* setUp
    for (const [address, host] of [
      ["ssh://git@ssh.github.com:443/kdev/demo.git", "github.com"],
      ["ssh://git@altssh.gitlab.com:443/kdev/demo.git", "gitlab.com"],
    ] as const) {
      codeAt(address)
      // there is no token for it, so that nobody is asked
      const error = yield* Effect.flip(byBranch(ref, branch).pipe(Effect.provide(layers)))
      expect(error).toMatchObject({ reason: "no_token", host })
    }
  }),
)

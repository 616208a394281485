import { expect, test } from "bun:test"
import { checkForges } from "@kugetsu/core/doctor/checkForges"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Servers } from "@kugetsu/core/Servers"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type FakeForgeServer, forgeToken, forgeTypes, layerFor, startForge } from "../kit/forges/eachForge.ts"
import type { ForgeSetting } from "../kit/forges/forgePullRequests.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

interface Home extends Partial<ForgeSetting> {
  /** Of a session with two issues; null: there is no session. */
  readonly tracked?: string | null
  /** Named in repos.json. */
  readonly named?: string
}

/** What is told of the forge in a home, and the path and token of each call. */
const verdictOn = Effect.fnUntraced(function* (
  type: (typeof forgeTypes)[number],
  fake: FakeForgeServer,
  { named, tracked = "kdev/demo", ...setting }: Home,
) {
  const root = yield* temporaryDirectory
  fs.mkdirSync(path.join(root, "sessions"))
  for (const issue of tracked === null ? [] : [1, 2]) {
    const issue_ref = `${fake.server.host}/${tracked}#${issue}`
    const record = { type: "forked", issue_ref, created_at: "2026-11-20T06:00:00.000+00:00" }
    fs.writeFileSync(path.join(root, "sessions", `${issue}.json`), JSON.stringify(record))
  }
  const server = { name: fake.url, url: fake.url, type, clone: "https", ca: null } as const
  const servers = Layer.mock(Servers, {
    list: Effect.succeed([server]),
    preferred: Effect.succeed(server),
    forInstance: () => Effect.succeed(server),
    repositories: Effect.succeed(named === undefined ? [] : [`${fake.server.host}/${named}`]),
    cloneUrl: (ref) => Effect.succeed(`${fake.url}/${ref.owner}/${ref.repository}.git`),
  })
  const envFiles = setting.envFiles ?? { dev: { [variable(fake)]: forgeToken } }
  const layers = Layer.mergeAll(
    layerFor(type, fake, { ...setting, envFiles }),
    servers,
    KugetsuHome.at(root),
    Layer.mock(EnvFiles, { forAgent: (name) => Effect.succeed(envFiles[name] ?? {}) }),
    Layer.succeed(HostEnvironment, {}),
  )
  const before = fake.server.requests.length
  const findings = yield* Effect.provide(checkForges(), layers)
  return { findings, calls: fake.server.requests.slice(before) }
})

const variable = ({ server }: FakeForgeServer) => `KUGETSU_TOKEN_${server.host.replace(/\W/g, "_")}`

/** The number of calls, then what each line says. */
const tellingOf = (type: (typeof forgeTypes)[number], fake: FakeForgeServer) =>
  Effect.fnUntraced(function* (home: Home = {}) {
    const { calls, findings } = yield* verdictOn(type, fake, home)
    expect(JSON.stringify(findings)).not.toMatch(/s3cret-t0ken|not-the-token/)
    return [calls.length, ...findings.map(({ found, state }) => `${state}: ${found.replace(/ \(.*/, "")}`)]
  })

for (const type of forgeTypes) {
  test(`${type}: one call tells a token that is valid, may only read, is refused, sees nothing, or is missing`, () =>
    Effect.gen(function* () {
      const fake = yield* startForge[type]
      const told = tellingOf(type, fake)
      const { host } = fake.server
      expect(yield* told()).toEqual([1, `ok: the token is valid, and may write ${host}/kdev/demo`])
      fake.repository.writers.clear()
      expect(yield* told()).toEqual([1, `warning: the token may only read ${host}/kdev/demo`])
      expect(yield* told({ envFiles: { dev: { [variable(fake)]: "not-the-token" } } })).toEqual([
        1,
        "problem: the token is refused: it is wrong, revoked or has expired",
      ])
      expect(yield* told({ tracked: "kdev/hidden" })).toEqual([1, "problem: the token has no access to the repository"])
      expect(yield* told({ envFiles: {} })).toEqual([
        0,
        "warning: there is no token for it, so that no pull request is seen or opened",
      ])
      fake.server.spoil("reset")
      expect((yield* told()).slice(1)).toEqual(["problem: it is out of reach"])
    }).pipe(Effect.scoped, Effect.runPromise))

  test(`${type}: a token is tried before there is any session`, () =>
    Effect.gen(function* () {
      const fake = yield* startForge[type]
      const told = tellingOf(type, fake)
      const { host } = fake.server
      const wrong = { dev: { [variable(fake)]: "not-the-token" } }
      const refused = "problem: the token is refused: it is wrong, revoked or has expired"
      const named = { tracked: null, named: "kdev/demo" }
      expect(yield* told(named)).toEqual([1, `ok: the token is valid, and may write ${host}/kdev/demo`])
      expect(yield* told({ ...named, envFiles: wrong })).toEqual([1, refused])
      expect(yield* told({ tracked: null })).toEqual([1, "ok: the token is valid; no repository is known to try it on"])
      expect(yield* told({ tracked: null, envFiles: wrong })).toEqual([1, refused])
      expect(yield* told({ tracked: null, envFiles: {} })).toEqual([0])
      fake.server.spoil("403", 1)
      expect(yield* told({ tracked: null })).toEqual([
        1,
        "warning: the token may not tell whose it is, and no repository is known to try it on",
      ])
      fake.server.spoil("reset")
      expect((yield* told({ tracked: null })).slice(1)).toEqual(["problem: it is out of reach"])
    }).pipe(Effect.scoped, Effect.runPromise))

  test(`${type}: the PM's token is tried by itself where it is another one`, () =>
    Effect.gen(function* () {
      const fake = yield* startForge[type]
      const good = { [variable(fake)]: forgeToken }
      const wrong = { [variable(fake)]: "not-the-token" }
      for (const tracked of ["kdev/demo", null]) {
        expect(
          (yield* verdictOn(type, fake, { tracked, envFiles: { dev: good, "pm-agent": good } })).calls,
        ).toHaveLength(1)
        const { calls, findings } = yield* verdictOn(type, fake, {
          tracked,
          envFiles: { dev: good, "pm-agent": wrong },
        })
        expect(calls).toHaveLength(2)
        expect(new Set(calls.map(({ headers }) => headers.authorization?.split(" ")[1]))).toEqual(
          new Set(["not-the-token", forgeToken]),
        )
        expect(findings.map(({ found, state }) => [state, found.split(/,| is refused/)[0]!.split(";")[0]])).toEqual([
          ["ok", "the token is valid"],
          ["problem", "the PM's token"],
        ])
        expect(findings[1]!.remedy).toContain(`kugetsu env set ${variable(fake)} - pm-agent`)
      }
    }).pipe(Effect.scoped, Effect.runPromise))
}

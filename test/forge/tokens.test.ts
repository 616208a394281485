import { expect, test } from "bun:test"
import { checkForges } from "@kugetsu/core/doctor/checkForges"
import { Servers } from "@kugetsu/core/Servers"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type FakeForgeServer, forgeToken, forgeTypes, layerFor, startForge } from "../kit/forges/eachForge.ts"
import type { ForgeSetting } from "../kit/forges/forgePullRequests.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/** What is told of the forge in a home with two issues of `kdev/demo`. */
const verdictOn = Effect.fnUntraced(function* (
  type: (typeof forgeTypes)[number],
  fake: FakeForgeServer,
  setting: Partial<ForgeSetting> = {},
  repository = "kdev/demo",
) {
  const root = yield* temporaryDirectory
  fs.mkdirSync(path.join(root, "sessions"))
  for (const issue of [1, 2]) {
    const issue_ref = `${fake.server.host}/${repository}#${issue}`
    const record = { type: "forked", issue_ref, created_at: "2026-11-20T06:00:00.000+00:00" }
    fs.writeFileSync(path.join(root, "sessions", `${issue}.json`), JSON.stringify(record))
  }
  const server = { name: fake.url, url: fake.url, type, clone: "https", ca: null } as const
  const servers = Layer.mock(Servers, {
    list: Effect.succeed([server]),
    forInstance: () => Effect.succeed(server),
    cloneUrl: (ref) => Effect.succeed(`${fake.url}/${ref.owner}/${ref.repository}.git`),
  })
  const layers = Layer.mergeAll(layerFor(type, fake, setting), servers, KugetsuHome.at(root))
  const asked = fake.server.requests.length
  const findings = yield* Effect.provide(checkForges(), layers)
  return { findings, asked: fake.server.requests.length - asked }
})

const variable = ({ server }: FakeForgeServer) => `KUGETSU_TOKEN_${server.host.replace(/\W/g, "_")}`

for (const type of forgeTypes) {
  test(`${type}: one call tells a token that is valid, may only read, is refused, sees nothing, or is missing`, () =>
    Effect.gen(function* () {
      const fake = yield* startForge[type]
      const told = Effect.fnUntraced(function* (setting?: Partial<ForgeSetting>, repository?: string) {
        const { asked, findings } = yield* verdictOn(type, fake, setting, repository)
        expect(JSON.stringify(findings)).not.toContain(forgeToken)
        return [asked, ...findings.map(({ found, state }) => `${state}: ${found.replace(/ \(.*/, "")}`)]
      })
      const { host } = fake.server
      expect(yield* told()).toEqual([1, `ok: the token is valid, and may write ${host}/kdev/demo`])
      fake.repository.writers.clear()
      expect(yield* told()).toEqual([1, `warning: the token may only read ${host}/kdev/demo`])
      expect(yield* told({ envFiles: { dev: { [variable(fake)]: "wrong" } } })).toEqual([
        1,
        "problem: the token is refused: it is wrong, revoked or has expired",
      ])
      expect(yield* told({}, "kdev/hidden")).toEqual([1, "problem: the token has no access to the repository"])
      expect(yield* told({ envFiles: {} })).toEqual([
        0,
        "warning: there is no token for it, so that no pull request is seen or opened",
      ])
      fake.server.spoil("reset")
      expect((yield* told()).slice(1)).toEqual(["problem: it is out of reach"])
    }).pipe(Effect.scoped, Effect.runPromise))
}

import { expect } from "bun:test"
import { GitAccess } from "@kugetsu/core/GitAccess"
import { Forge } from "@kugetsu/forge/Forge"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { byBranch, refAt } from "../kit/forges/forgePullRequests.ts"
import { gitLayers } from "../kit/gitLayers.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

type Variables = Readonly<Record<string, string>>

/** Where tokens are; `OWN` stands for the server's own variable. The token "right" is the one that must be used. */
const boxes: ReadonlyArray<
  readonly [what: string, files: Readonly<Record<string, Variables>>, environment: Variables]
> = [
  ["dev.env before pm-agent.env", { dev: { GITEA_TOKEN: "right" }, "pm-agent": { GITEA_TOKEN: "pm" } }, {}],
  ["pm-agent.env where dev.env has none", { "pm-agent": { GITEA_TOKEN: "right" } }, { GITEA_TOKEN: "mine" }],
  ["default.env before pm-agent.env", { default: { GITEA_TOKEN: "right" }, "pm-agent": { GITEA_TOKEN: "pm" } }, {}],
  ["the environment last", {}, { GITEA_TOKEN: "right" }],
  ["the server's own before its kind's", { dev: { GITEA_TOKEN: "kind" }, "pm-agent": { OWN: "right" } }, {}],
  ["the server's own of the environment", { dev: { GITEA_TOKEN: "kind" } }, { OWN: "right" }],
]

for (const [what, files, environment] of boxes) {
  effectTest(`git and the forge's API are asked with the same token: ${what}`, () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const { server, url } = yield* fakeGitea({ token: "right" })
      const named = (variables: Variables) =>
        Object.entries(variables).map(([key, value]) => [
          key === "OWN" ? `KUGETSU_TOKEN_${server.host.replace(/\W/g, "_")}` : key,
          value,
        ])
      fs.writeFileSync(
        path.join(root, "servers.json"),
        JSON.stringify({ servers: [{ name: "ours", url, type: "gitea" }] }),
      )
      fs.mkdirSync(path.join(root, "env"))
      for (const [name, variables] of Object.entries(files)) {
        const lines = named(variables).map(([key, value]) => `${key}=${value}\n`)
        fs.writeFileSync(path.join(root, "env", `${name}.env`), lines.join(""))
      }
      const env = { PATH: process.env.PATH!, HOME: root, ...Object.fromEntries(named(environment)) }
      const layer = Forge.layer.pipe(Layer.provideMerge(gitLayers({ root, env })))
      yield* Effect.gen(function* () {
        const request = { protocol: "http", host: server.host, path: null }
        expect((yield* (yield* GitAccess).credential(request))?.password).toBe("right")
        expect(yield* byBranch(refAt(server.host), "fix/issue-4")).toBeNull()
        expect(server.requests.map(({ headers }) => headers.authorization)).toContain("token right")
      }).pipe(Effect.provide(layer))
    }),
  )
}

import { describe, expect } from "bun:test"
import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { Issues } from "@kugetsu/core/Issues"
import type { PullRequests } from "@kugetsu/core/PullRequests"
import { Effect, type Scope } from "effect"
import { effectTest } from "../effectTest.ts"
import { fakeGitea } from "./fakeGitea.ts"
import { fakeGitHub } from "./fakeGitHub.ts"
import { fakeGitLab } from "./fakeGitLab.ts"
import type { FakeRepository } from "./fakeRepository.ts"
import { forgePullRequests, type ForgeSetting } from "./forgePullRequests.ts"
import type { ForgeServer } from "./forgeServer.ts"

export interface FakeForgeServer {
  readonly repository: FakeRepository
  readonly server: ForgeServer
  readonly url: string
}

export const forgeTypes = ["github", "gitlab", "gitea"] as const

export const forgeToken = "s3cret-t0ken"

/** A forge of that type with `kdev/demo`; with GitHub every request and answer must be as GitHub describes it. */
export const startForge: Readonly<Record<ForgeType, Effect.Effect<FakeForgeServer, never, Scope.Scope>>> = {
  github: fakeGitHub({ token: forgeToken }).pipe(
    Effect.tap(({ violations }) => Effect.addFinalizer(() => Effect.sync(() => expect(violations).toEqual([])))),
  ),
  gitlab: fakeGitLab({ token: forgeToken }),
  gitea: fakeGitea({ token: forgeToken }),
}

export const layerFor = (type: ForgeType, { server, url }: FakeForgeServer, more: Partial<ForgeSetting> = {}) =>
  forgePullRequests({
    servers: [{ url, type }],
    envFiles: { dev: { [`KUGETSU_TOKEN_${server.host.replace(/\W/g, "_")}`]: forgeToken } },
    ...more,
  })

/** One test per forge, of what holds on all of them. */
export const onEachForge = <E>(
  name: string,
  body: (fake: FakeForgeServer, type: ForgeType) => Effect.Effect<void, E, PullRequests | Issues | Scope.Scope>,
) =>
  describe(name, () => {
    for (const type of forgeTypes)
      effectTest(type, () =>
        Effect.flatMap(startForge[type], (fake) => Effect.provide(body(fake, type), layerFor(type, fake))),
      )
  })

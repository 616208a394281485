import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { CredentialHelper, GitAccess } from "@kugetsu/core/GitAccess"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import { ForgeUnknown, PullRequests } from "@kugetsu/core/PullRequests"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { Git } from "@kugetsu/core/system/Git"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Layer } from "effect"
import { ProcessesLive } from "./effectTest.ts"

/** What a forge says of branches; a branch it does not have here has no pull request. */
export class FakeForge {
  readonly byBranch = new Map<string, PullRequest["state"]>()
  readonly heads = new Map<string, string>()
  readonly byNumber = new Map<number, string>()
  /** When set, the forge cannot be asked. */
  silent = false

  readonly layer = Layer.succeed(PullRequests, {
    findByBranch: (_ref, branch) => {
      const state = this.byBranch.get(branch)
      return this.answer(state === undefined ? null : this.#pullRequest(1, branch, state))
    },
    findByNumber: (_ref, number) => {
      const branch = this.byNumber.get(number)
      return branch === undefined
        ? Effect.fail(this.#unknown())
        : this.answer(this.#pullRequest(number, branch, "open"))
    },
  })

  answer<A>(value: A): Effect.Effect<A, ForgeUnknown> {
    return this.silent ? Effect.fail(this.#unknown()) : Effect.succeed(value)
  }

  #pullRequest(number: number, branch: string, state: PullRequest["state"]): PullRequest {
    return {
      number,
      url: `https://example.org/o/r/pull/${number}`,
      state,
      branch,
      head: this.heads.get(branch) ?? null,
    }
  }

  #unknown() {
    return new ForgeUnknown({
      host: "example.org",
      operation: "findByBranch",
      reason: "unavailable",
      detail: "no answer",
      until: null,
      remedy: "Try again.",
    })
  }
}

export interface GitLayerOptions {
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly forge?: FakeForge
  /** Answers git's credential protocol; git adds the operation. */
  readonly helper?: ReadonlyArray<string>
}

/** The real git services over a home and an environment of a test's own. */
export const gitLayers = (options: GitLayerOptions) =>
  Worktrees.layer.pipe(
    Layer.provideMerge(GitAccess.layer),
    Layer.provideMerge(Layer.mergeAll(Git.layer.pipe(Layer.provide(ProcessesLive)), EnvFiles.layer, Servers.layer)),
    Layer.provideMerge(Layer.mergeAll(Settings.layer, Sessions.layer, (options.forge ?? new FakeForge()).layer)),
    Layer.provideMerge(KugetsuHome.at(options.root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, options.env)),
    Layer.provideMerge(Layer.succeed(CredentialHelper, options.helper ?? ["/bin/false"])),
  )

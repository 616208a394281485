import { Contexts } from "@kugetsu/core/Contexts"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { CredentialHelper, GitAccess } from "@kugetsu/core/GitAccess"
import { decidingPullRequest, isOpenPullRequest, type PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { PullRequestChecks } from "@kugetsu/core/domain/PullRequestChecks"
import { Issues } from "@kugetsu/core/Issues"
import { ForgeUnknown, type NewPullRequest, type PullRequestRefused, PullRequests } from "@kugetsu/core/PullRequests"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { Git } from "@kugetsu/core/system/Git"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Trash } from "@kugetsu/core/Trash"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Layer } from "effect"
import { ProcessesLive } from "./effectTest.ts"

/** What a forge says of branches; a branch it does not have here has no pull request. */
export class FakeForge {
  readonly byBranch = new Map<string, PullRequest["state"]>()
  readonly heads = new Map<string, string>()
  /** Of branches that have none of their own here. */
  headOf: (branch: string) => string | null = () => null
  readonly byNumber = new Map<number, string>()
  /** When set, the forge cannot be asked. */
  silent = false
  /** Why it cannot. */
  reason: ForgeUnknown["reason"] = "unavailable"
  /** When it wants to be asked again. */
  until: string | null = null

  /** What was opened. */
  readonly created: Array<NewPullRequest> = []
  /** What `create` answers in place of opening. */
  refusal: PullRequestRefused | null = null
  checks: PullRequestChecks = { ci: "none", review: "none" }

  readonly layer = Layer.succeed(PullRequests, {
    findByBranch: (_ref, branch) => this.answer(this.#ofBranch(branch)),
    deciding: (_ref, { number, branch }) => {
      const own = number === null ? undefined : this.byNumber.get(number)
      const found = own === undefined ? [] : [this.#pullRequest(number!, own, this.byBranch.get(own) ?? "open")]
      const other = branch === null ? null : this.#ofBranch(branch)
      return number !== null && own === undefined && other === null
        ? Effect.fail(this.#unknown())
        : this.answer(decidingPullRequest(other === null ? found : [...found, other]))
    },
    create: (_ref, wanted) =>
      Effect.suspend((): Effect.Effect<PullRequest, ForgeUnknown | PullRequestRefused> => {
        if (this.silent) return Effect.fail(this.#unknown())
        if (this.refusal !== null) return Effect.fail(this.refusal)
        const there = this.#ofBranch(wanted.branch)
        if (there !== null && isOpenPullRequest(there)) return Effect.succeed(there)
        this.created.push(wanted)
        this.byBranch.set(wanted.branch, wanted.draft ? "draft" : "open")
        return Effect.succeed(this.#ofBranch(wanted.branch)!)
      }),
    remarks: () => Effect.suspend(() => this.answer([])),
    checks: () => Effect.suspend(() => this.answer(this.checks)),
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

  #ofBranch(branch: string): PullRequest | null {
    const state = this.byBranch.get(branch)
    return state === undefined ? null : this.#pullRequest(1, branch, state)
  }

  #pullRequest(number: number, branch: string, state: PullRequest["state"]): PullRequest {
    return {
      number,
      url: `https://example.org/o/r/pull/${number}`,
      state,
      branch,
      head: this.heads.get(branch) ?? this.headOf(branch),
    }
  }

  #unknown() {
    return new ForgeUnknown({
      host: "example.org",
      operation: "findByBranch",
      reason: this.reason,
      detail: "no answer",
      until: this.until,
      remedy: "Try again.",
    })
  }
}

/** For what only must not be in the way: nothing is in the trash, and no forge is asked. */
export const noForges = Layer.mergeAll(
  Layer.mock(Issues, {
    read: () =>
      Effect.fail(
        new ForgeUnknown({
          host: "example.org",
          operation: "issue",
          reason: "no_token",
          detail: "no token is set",
          until: null,
          remedy: "-",
        }),
      ),
  }),
  Layer.mock(Trash, {
    finish: Effect.succeed({ done: [], failed: [] }),
    survey: Effect.succeed({ receipts: [], unreadable: [] }),
    empty: () => Effect.succeed({ done: [], failed: [] }),
    settle: () => Effect.succeed([]),
  }),
)

export interface GitLayerOptions {
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly forge?: FakeForge
  /** Answers git's credential protocol; git adds the operation. */
  readonly helper?: ReadonlyArray<string>
}

/** The real git services over a home and an environment of a test's own. */
export const gitLayers = (options: GitLayerOptions) =>
  Layer.mergeAll(Worktrees.layer, Contexts.layer).pipe(
    Layer.provideMerge(GitAccess.layer),
    Layer.provideMerge(Layer.mergeAll(Git.layer.pipe(Layer.provide(ProcessesLive)), EnvFiles.layer, Servers.layer)),
    Layer.provideMerge(Layer.mergeAll(Settings.layer, Sessions.layer, (options.forge ?? new FakeForge()).layer)),
    Layer.provideMerge(KugetsuHome.at(options.root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, options.env)),
    Layer.provideMerge(Layer.succeed(CredentialHelper, options.helper ?? ["/bin/false"])),
  )

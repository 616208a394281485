import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer, Result } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const inHome = <A, E>(body: Effect.Effect<A, E, Servers | Sessions>) =>
  Effect.flatMap(temporaryDirectory, (root) =>
    Effect.provide(
      body,
      Layer.mergeAll(Servers.layer, Sessions.layer).pipe(
        Layer.provide(Settings.layer),
        Layer.provide(KugetsuHome.at(root)),
        Layer.provide(Layer.succeed(HostEnvironment, {})),
      ),
    ),
  )

const working = (ref: string, pullRequestUrl: string | null) =>
  Effect.flatMap(Sessions, (sessions) =>
    sessions.update(Result.getOrThrow(parseIssueRef(ref)), (session) => ({ ...session, pr_url: pullRequestUrl })),
  )

const resolved = (text: string) => Effect.map(resolveIssue(text), String)

effectTest("PR #7 is the session that works on it, and never the issue of that number", () =>
  inHome(
    Effect.gen(function* () {
      yield* working("github.com/you/repo#7", null)
      const nobody = yield* Effect.flip(resolved("PR #7"))
      expect(nobody).toMatchObject({ _tag: "InvalidIssueRef", message: expect.stringContaining("which repository") })
      yield* working("github.com/you/repo#4", "https://github.com/you/repo/pull/7")
      for (const text of ["PR #7", "pr 7", " PR #7 ", "MR !7", "you/repo PR #7", "you/repo#pr-7"])
        expect(yield* resolved(text)).toBe("github.com/you/repo#4")
      expect(yield* resolved("you/repo#7")).toBe("github.com/you/repo#7")
    }),
  ),
)

effectTest("a pull request that is worked on by itself goes by its number too", () =>
  inHome(
    Effect.gen(function* () {
      yield* working("gitlab.com/a/b#mr-9", null)
      expect(yield* resolved("PR #9")).toBe("gitlab.com/a/b#mr-9")
    }),
  ),
)

effectTest("a number that two repositories have is asked back", () =>
  inHome(
    Effect.gen(function* () {
      yield* working("github.com/you/one#1", "https://github.com/you/one/pull/7")
      yield* working("gitlab.com/you/two#2", "https://gitlab.com/you/two/-/merge_requests/7")
      const error = yield* Effect.flip(resolved("PR #7"))
      expect(error).toMatchObject({
        _tag: "AmbiguousPullRequest",
        issues: ["github.com/you/one#1", "gitlab.com/you/two#2"],
      })
      expect(yield* resolved("gitlab.com/you/two PR #7")).toBe("gitlab.com/you/two#2")
    }),
  ),
)

effectTest("a pull request that nobody works on goes by the word of its forge", () =>
  inHome(
    Effect.gen(function* () {
      expect(yield* resolved("you/repo PR #7")).toBe("github.com/you/repo#pr-7")
      expect(yield* resolved("you/repo MR #7")).toBe("github.com/you/repo#pr-7")
      expect(yield* resolved("gitlab.com/a/b PR #7")).toBe("gitlab.com/a/b#mr-7")
      expect(yield* resolved("git.local/a/b MR #7")).toBe("git.local/a/b#mr-7")
    }),
  ),
)

import { expect } from "bun:test"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Issues } from "@kugetsu/core/Issues"
import { PullRequests } from "@kugetsu/core/PullRequests"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { tellOfIssue } from "@kugetsu/daemon/tellOfIssue"
import { Effect, Layer } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const ref = new IssueRef({ instance: "example.org", owner: "ann", repository: "tool", identifier: "7" })

/** Of a forge that tells the issue, and reviews by the number of their pull request. */
const told = (before: Parameters<typeof tellOfIssue>[1]) =>
  Effect.gen(function* () {
    const issue = {
      number: 7,
      title: "It crashes",
      body: "",
      author: "ann",
      mayWrite: true,
      url: "https://example.org/ann/tool/issues/7",
      state: "open" as const,
      labels: [],
      comments: [],
    }
    const remark = (number: number) => ({
      author: "ben",
      mayWrite: true,
      body: `A review of ${number}.`,
      url: "",
      verdict: "commented" as const,
      at: null,
      created_at: null,
    })
    const layers = Layer.mergeAll(
      Layer.mock(Issues, { read: () => Effect.succeed(issue) }),
      Layer.mock(PullRequests, { remarks: (_ref, number) => Effect.succeed([remark(number)]) }),
      Servers.layer,
    ).pipe(
      Layer.provideMerge(Settings.layer),
      Layer.provideMerge(KugetsuHome.at(yield* temporaryDirectory)),
      Layer.provideMerge(Layer.succeed(HostEnvironment, {})),
    )
    const { untold, written } = yield* Effect.provide(tellOfIssue(ref, before), layers)
    return { untold, section: written.section }
  })

const unknown = { pullRequest: null, unknown: "the forge did not answer\u0007 in time" }

effectTest("where the forge does not tell of a pull request, the reviews of the one on record are told", () =>
  Effect.gen(function* () {
    const { section, untold } = yield* told({
      pullRequest: unknown,
      recordedUrl: "https://example.org/ann/tool/pull/12",
    })
    expect(section).toContain("A review of 12.")
    expect(untold).toEqual([])
  }),
)

effectTest(
  "where nobody knows of a pull request, agent and outcome are told that reviews may be missing, and why",
  () =>
    Effect.gen(function* () {
      const { section, untold } = yield* told({ pullRequest: unknown, recordedUrl: null })
      expect(untold).toHaveLength(1)
      expect(untold[0]).toMatch(/its reviews could not be read: the forge did not answer.? in time/)
      expect(untold[0]).not.toContain("\u0007")
      expect(section).toContain("It crashes")
      expect(section).toContain(untold[0]!)
    }),
)

effectTest("where the forge says that there is no pull request, nothing is missing", () =>
  Effect.gen(function* () {
    const answer = { pullRequest: null, unknown: null }
    // one on record that the forge does not count any more
    const { section, untold } = yield* told({
      pullRequest: answer,
      recordedUrl: "https://example.org/ann/tool/pull/12",
    })
    expect([untold, section.includes("A review")]).toEqual([[], false])
  }),
)

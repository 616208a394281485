import { describe, expect, test } from "bun:test"
import { GiteaReview, GiteaStatus, giteaCi, giteaReview } from "@kugetsu/forge/GiteaChecks"
import { gitHubCi, gitHubReview } from "@kugetsu/forge/GitHubChecks"
import { gitLabCi, gitLabReview } from "@kugetsu/forge/GitLabChecks"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { forgeToken, layerFor, onEachForge, startForge } from "../kit/forges/eachForge.ts"
import { fakeGitLab } from "../kit/forges/fakeGitLab.ts"
import { checksOf, refAt } from "../kit/forges/forgePullRequests.ts"

describe("GitHub's CI is", () => {
  const none = { state: "pending", total_count: 0 } as const
  const status = (state: "success" | "pending" | "failure" | "error") => ({ state, total_count: 1 })
  const run = (status: string, conclusion: string | null = null) => ({ id: 1, status, conclusion })
  const done = (conclusion: string | null) => run("completed", conclusion)
  test.each([
    ["none", none, []],
    ["pending", status("pending"), []],
    ["passed", status("success"), []],
    ["failed", status("failure"), []],
    ["failed", status("error"), []],
    ["passed", none, [done("success"), done("neutral"), done("skipped")]],
    ["failed", none, [done("success"), done("failure")]],
    ["failed", none, [done("cancelled")]],
    ["failed", none, [done("timed_out")]],
    ["failed", none, [done("action_required")]],
    ["failed", none, [done("a word nobody knows")]],
    ["failed", none, [done(null)]],
    ["pending", none, [run("queued"), done("success")]],
    ["pending", none, [run("in_progress")]],
    ["pending", status("success"), [run("queued")]],
    ["failed", status("success"), [done("failure")]],
    ["failed", status("failure"), [done("success")]],
    ["pending", status("pending"), [done("success")]],
    ["failed", status("failure"), [run("queued")]],
  ] as const)("%s: %j %j", (expected, combined, runs) => expect(gitHubCi(combined, runs)).toBe(expected))
})

describe("GitHub's review is", () => {
  const review = (login: string, state: string, author_association = "COLLABORATOR") => ({
    id: 1,
    user: { login },
    state,
    author_association,
  })
  test.each([
    ["none", [], false],
    ["required", [], true],
    ["none", [review("a", "COMMENTED")], false],
    ["none", [review("a", "PENDING")], false],
    ["approved", [review("a", "APPROVED")], false],
    ["approved", [review("a", "APPROVED")], true],
    ["approved", [review("a", "APPROVED"), review("a", "COMMENTED")], false],
    ["changes_requested", [review("a", "APPROVED"), review("b", "CHANGES_REQUESTED")], false],
    ["changes_requested", [review("b", "CHANGES_REQUESTED"), review("a", "APPROVED")], false],
    ["approved", [review("a", "CHANGES_REQUESTED"), review("a", "APPROVED")], false],
    ["none", [review("a", "CHANGES_REQUESTED"), review("a", "DISMISSED")], false],
    ["none", [review("a", "APPROVED", "NONE")], false],
    ["required", [review("a", "APPROVED", "CONTRIBUTOR")], true],
    ["approved", [review("a", "APPROVED", "OWNER")], false],
  ] as const)("%s: %j, asked: %p", (expected, reviews, wanted) => expect(gitHubReview(reviews, wanted)).toBe(expected))
})

effectTest("GitLab's CI is none where the server leaves its pipeline out", () =>
  Effect.gen(function* () {
    const fake = yield* fakeGitLab({ token: forgeToken, old: true })
    const number = fake.repository.createPr("fix/issue-4")
    const checks = checksOf(refAt(fake.server.host), number)
    expect((yield* Effect.provide(checks, layerFor("gitlab", fake))).ci).toBe("none")
  }),
)

describe("GitLab's CI is", () => {
  test.each([
    ["none", null],
    ["none", "skipped"],
    ["passed", "success"],
    ["failed", "failed"],
    ["failed", "canceled"],
    ["pending", "created"],
    ["pending", "waiting_for_resource"],
    ["pending", "preparing"],
    ["pending", "waiting_for_callback"],
    ["pending", "pending"],
    ["pending", "running"],
    ["pending", "canceling"],
    ["pending", "manual"],
    ["pending", "scheduled"],
  ] as const)("%s: %p", (expected, status) => expect(gitLabCi(status === null ? null : { status })).toBe(expected))
})

describe("GitLab's review is", () => {
  const somebody = [{ user: { id: 1 } }]
  test.each([
    ["none", { detailed_merge_status: "mergeable" }, { approved: true, approved_by: [] }],
    ["none", {}, { approved_by: [] }],
    ["required", { reviewers: somebody }, { approved: true, approved_by: [] }],
    ["required", { detailed_merge_status: "not_approved" }, { approved: false, approved_by: [] }],
    ["required", {}, { approved: false, approved_by: somebody, approvals_left: 1 }],
    ["approved", { reviewers: somebody }, { approved: true, approved_by: somebody, approvals_left: 0 }],
    ["approved", {}, { approved_by: somebody }],
    ["changes_requested", { detailed_merge_status: "requested_changes" }, { approved: true, approved_by: somebody }],
  ] as const)("%s: %j %j", (expected, state, approvals) => expect(gitLabReview(state, approvals)).toBe(expected))
})

describe("of the recorded answers of Gitea", () => {
  const bodyOf = (name: string): unknown =>
    JSON.parse(fs.readFileSync(path.join(import.meta.dir, "../fixtures/gitea", name), "utf8")).body
  test.each([
    ["status-none.json", "none"],
    ["status-pending.json", "pending"],
    ["status-success.json", "passed"],
    ["status-warning.json", "passed"],
    ["status-failure.json", "failed"],
    ["status-error.json", "failed"],
    ["status-by-branch.json", "failed"],
  ] as const)("%s is %s", (name, expected) =>
    expect(giteaCi(Schema.decodeUnknownSync(GiteaStatus)(bodyOf(name)))).toBe(expected),
  )
  test.each([
    ["reviews-none.json", "none"],
    ["reviews-requested.json", "required"],
    ["reviews-changes.json", "changes_requested"],
    ["reviews-approved.json", "approved"],
  ] as const)("%s is %s", (name, expected) =>
    expect(giteaReview(Schema.decodeUnknownSync(Schema.Array(GiteaReview))(bodyOf(name)))).toBe(expected),
  )
})

describe("Gitea's CI", () => {
  const warning = (...statuses: ReadonlyArray<"success" | "warning" | "pending">) => ({
    state: "warning" as const,
    total_count: 2,
    statuses: statuses.map((status) => ({ status })),
  })
  test("has passed with a warning when all is done", () =>
    expect(giteaCi(warning("warning", "success"))).toBe("passed"))
  test("has not passed while a warning hides what still runs", () =>
    expect(giteaCi(warning("warning", "pending"))).toBe("pending"))
  test("has not passed while not all is listed", () => expect(giteaCi(warning("warning"))).toBe("pending"))
})

describe("Gitea's review", () => {
  const review = (login: string | null, state: string, more: object = {}) => ({
    id: 1,
    user: login === null ? null : { login },
    team: login === null ? { name: "core" } : null,
    state,
    dismissed: false,
    official: true,
    ...more,
  })
  test.each([
    ["none", [review("a", "COMMENT")]],
    ["none", [review("a", "APPROVED", { dismissed: true })]],
    ["none", [review("a", "APPROVED", { official: false })]],
    ["required", [review(null, "REQUEST_REVIEW")]],
    ["changes_requested", [review("a", "APPROVED"), review("b", "REQUEST_CHANGES")]],
    ["approved", [review("a", "REQUEST_CHANGES", { official: false }), review("a", "APPROVED")]],
  ] as const)("is %s: %j", (expected, reviews) => expect(giteaReview(reviews)).toBe(expected))
})

/** The words of each forge for the same thing. */
const words = {
  github: { runs: "pending", passes: "success", fails: "failure" },
  gitlab: { runs: "running", passes: "success", fails: "failed" },
  gitea: { runs: "pending", passes: "success", fails: "failure" },
}

onEachForge("CI and reviews of a pull request are followed", ({ repository, server }, type) =>
  Effect.gen(function* () {
    repository.writers.add("ann")
    const number = repository.createPr("fix/issue-4")
    const checks = checksOf(refAt(server.host), number)
    const { fails, passes, runs } = words[type]
    expect(yield* checks).toEqual({ ci: "none", review: "none" })
    repository.addStatus(number, runs)
    repository.requestReview(number, "ann")
    expect(yield* checks).toEqual({ ci: "pending", review: "required" })
    repository.addStatus(number, fails)
    repository.addReview(number, "ann", "changes")
    expect(yield* checks).toEqual({ ci: "failed", review: "changes_requested" })
    repository.addStatus(number, passes)
    repository.addReview(number, "ann", "approved")
    expect(yield* checks).toEqual({ ci: "passed", review: "approved" })
    if (type === "github") {
      repository.addCheckRun(number, "in_progress")
      expect((yield* checks).ci).toBe("pending")
      repository.addCheckRun(number, "completed", "failure")
      expect((yield* checks).ci).toBe("failed")
    }
  }),
)

effectTest("GitHub: a token that may not read check runs is told which one may", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.github
    const number = fake.repository.createPr("fix/issue-4")
    fake.server.beforeAnswer = ({ path }) => {
      if (path.endsWith("/check-runs")) fake.server.spoil("403", 1)
    }
    const error = yield* Effect.flip(checksOf(refAt(fake.server.host), number)).pipe(
      Effect.provide(layerFor("github", fake)),
    )
    expect([error.reason, error.remedy.includes("classic")]).toEqual(["forbidden", true])
  }),
)

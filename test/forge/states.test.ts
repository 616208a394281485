import { describe, expect, test } from "bun:test"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import { GiteaPullRequest, giteaState } from "@kugetsu/forge/GiteaPullRequests"
import { GitHubPullRequest, gitHubState } from "@kugetsu/forge/GitHubPullRequests"
import { GitLabMergeRequest, gitLabState } from "@kugetsu/forge/GitLabMergeRequests"
import { deciding } from "@kugetsu/forge/Listing"
import { Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

describe("a GitHub pull request is", () => {
  test.each([
    ["open", { state: "open", draft: false, merged_at: null }],
    ["open", { state: "open", merged_at: null }],
    ["draft", { state: "open", draft: true, merged_at: null }],
    ["merged", { state: "closed", draft: false, merged_at: "2026-11-20T04:48:36Z" }],
    ["merged", { state: "closed", draft: true, merged_at: "2026-11-20T04:48:36Z" }],
    ["closed", { state: "closed", draft: false, merged_at: null }],
    ["closed", { state: "closed", draft: true, merged_at: null }],
  ] as const)("%s: %j", (state, payload) => expect(gitHubState(payload)).toBe(state))
})

describe("a GitLab merge request is", () => {
  test.each([
    ["open", { state: "opened", draft: false }],
    ["open", { state: "reopened" }],
    ["open", { state: "locked", draft: false }],
    ["open", { state: "locked", draft: true }],
    ["draft", { state: "opened", draft: true }],
    ["draft", { state: "opened", work_in_progress: true }],
    ["open", { state: "opened", draft: false, work_in_progress: true }],
    ["merged", { state: "merged", draft: false }],
    ["closed", { state: "closed", draft: true }],
  ] as const)("%s: %j", (state, payload) => expect(gitLabState(payload)).toBe(state))
})

describe("a Gitea pull request is", () => {
  test.each([
    ["open", { state: "open", merged: false, title: "Work" }],
    ["draft", { state: "open", merged: false, title: "WIP: work" }],
    ["draft", { state: "open", merged: false, title: "[wip] work" }],
    ["open", { state: "open", merged: false, title: "Draft: work" }],
    ["open", { state: "open", merged: false, title: "Work on WIP: prefixes" }],
    ["draft", { state: "open", merged: false, draft: true, title: "Work" }],
    ["open", { state: "open", merged: false, draft: false, title: "WIP: work" }],
    ["merged", { state: "closed", merged: true, title: "WIP: work" }],
    ["closed", { state: "closed", merged: false, title: "Work" }],
  ] as const)("%s: %j", (state, payload) => expect(giteaState(payload)).toBe(state))
})

describe("an answer is refused, and not taken for closed, when", () => {
  const gitHub = {
    number: 1,
    html_url: "",
    title: "",
    state: "closed",
    merged_at: null,
    head: { ref: "b", sha: "0", repo: { id: 1 } },
    base: { ref: "main", repo: { id: 1 } },
  }
  const gitLab = {
    iid: 1,
    web_url: "",
    title: "",
    state: "closed",
    source_branch: "b",
    source_project_id: 1,
    target_branch: "main",
    target_project_id: 1,
  }
  const gitea = {
    number: 1,
    html_url: "",
    title: "",
    state: "closed",
    merged: false,
    head: { label: "b", sha: "0", repo_id: 1 },
    base: { ref: "main", repo_id: 1 },
  }
  const { merged_at: _, ...withoutMergedAt } = gitHub
  const { merged: __, ...withoutMerged } = gitea

  const complete: ReadonlyArray<readonly [string, Schema.Decoder<unknown>, unknown]> = [
    ["GitHub", GitHubPullRequest, gitHub],
    ["GitLab", GitLabMergeRequest, gitLab],
    ["Gitea", GiteaPullRequest, gitea],
  ]
  test.each(complete)("(%s: this one is complete)", (_, schema, payload) =>
    expect(Schema.decodeUnknownSync(schema)(payload)).toEqual(payload),
  )

  const refused: ReadonlyArray<readonly [string, Schema.Decoder<unknown>, unknown]> = [
    ["its state is a word nobody knows", GitHubPullRequest, { ...gitHub, state: "abandoned" }],
    ["its state is a word nobody knows", GitLabMergeRequest, { ...gitLab, state: "abandoned" }],
    ["its state is a word nobody knows", GiteaPullRequest, { ...gitea, state: "abandoned" }],
    ["nothing says whether it was merged", GitHubPullRequest, withoutMergedAt],
    ["nothing says whether it was merged", GiteaPullRequest, withoutMerged],
    ["merged_at is empty", GitHubPullRequest, { ...gitHub, merged_at: "" }],
    ["its number is none", GitHubPullRequest, { ...gitHub, number: "1" }],
    ["its project is not told", GitLabMergeRequest, { ...gitLab, target_project_id: null }],
  ]
  test.each(refused)("%s", (_, schema, payload) => expect(() => Schema.decodeUnknownSync(schema)(payload)).toThrow())
})

describe("of the recorded answers of Gitea", () => {
  const fixtures = path.join(import.meta.dir, "../fixtures/gitea")
  const bodyOf = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(fixtures, name), "utf8")).body
  const decode = Schema.decodeUnknownSync(GiteaPullRequest)

  test.each([
    ["pr-open.json", "open", "feat/open-1", true],
    ["pr-open-conflict.json", "open", "feat/conf", true],
    ["pr-open-head-branch-deleted.json", "open", "feat/gone", true],
    ["pr-open-from-fork-same-branch-name.json", "open", "feat/open-1", false],
    ["pr-draft.json", "draft", "feat/draft", true],
    ["pr-draft-bracket.json", "draft", "feat/draft2", true],
    ["pr-draft-gitlab-style-prefix.json", "open", "feat/draft3", true],
    ["pr-merged-merge.json", "merged", "feat/m-merge", true],
    ["pr-merged-rebase.json", "merged", "feat/m-rebase", true],
    ["pr-merged-rebase-merge.json", "merged", "feat/m-rebase-merge", true],
    ["pr-merged-manually.json", "merged", "feat/m-manual", true],
    ["pr-merged-squash-branch-deleted.json", "merged", "feat/m-squash", true],
    ["pr-closed.json", "closed", "feat/closed", true],
    ["pr-from-deleted-fork.json", "closed", "feat/open-1", false],
    ["branch-locked-pr.json", "closed", "feat/closed", true],
  ] as const)("%s is %s, of branch %s, in the repository itself: %p", (name, state, branch, from_here) => {
    const payload = decode(bodyOf(name))
    expect(giteaState(payload)).toBe(state)
    expect(payload.head.label).toBe(branch)
    expect(payload.head.repo_id === payload.base.repo_id).toBe(from_here)
  })

  test("the name of every pull request that is one is in the list above", () => {
    const known = new Set(["pr-duplicate-409.json", "pr-get-of-issue-number.json"])
    const all = fs.readdirSync(fixtures).filter((name) => name.startsWith("pr-") && !known.has(name))
    expect(all.length).toBe(14)
  })

  test.each(fs.readdirSync(fixtures).filter((name) => name.startsWith("list-")))(
    "%s is a list of known states",
    (name) => {
      const states = Schema.decodeUnknownSync(Schema.Array(GiteaPullRequest))(bodyOf(name)).map(
        (it) => `${it.number} ${giteaState(it)}`,
      )
      const all = ["17 closed", "16 open", "13 merged", "11 closed", "7 merged"]
      expect(states).toEqual(all.slice(0, name.includes("page99") ? 0 : name.includes("limit2") ? 2 : 5))
    },
  )

  test.each(["err-404-repo.json", "pr-duplicate-409.json", "pr-get-of-issue-number.json"])(
    "%s is no pull request",
    (name) => expect(() => decode(bodyOf(name))).toThrow(),
  )
})

describe("of the pull requests of a branch", () => {
  const one = (number: number, state: PullRequest["state"], from_here = true, branch = "fix/issue-4") => ({
    number,
    state,
    branch,
    url: `https://h/${number}`,
    head: null,
    from_here,
  })
  const decided = (...list: ReadonlyArray<ReturnType<typeof one>>) => deciding(list, "fix/issue-4")?.number ?? null

  test("an open one decides, however old", () => expect(decided(one(1, "open"), one(2, "merged"))).toBe(1))
  test("a draft counts as open", () => expect(decided(one(3, "closed"), one(1, "draft"), one(2, "merged"))).toBe(1))
  test("the newest of several open ones decides", () => expect(decided(one(2, "open"), one(9, "draft"))).toBe(9))
  test("the newest of several closed ones decides, by number and not by place", () =>
    expect(decided(one(12, "closed"), one(9, "merged"), one(3, "merged"))).toBe(12))
  test("one of a fork, or of another branch, never decides", () =>
    expect(decided(one(1, "open", false), one(2, "open", true, "fix/issue-44"))).toBe(null))
})

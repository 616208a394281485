import { expect, test } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { numberOfPullRequest } from "@kugetsu/core/domain/numberOfPullRequest"
import { Result } from "effect"

const refOf = (text: string) => Result.getOrThrow(parseIssueRef(text))
const issue = refOf("github.com/Ann/tool#4")

test("the number is that of the recorded address, in the words of every forge, as long as it is of the issue's repository", () => {
  expect(numberOfPullRequest(issue, "https://github.com/ann/Tool/pull/7")).toBe(7)
  expect(numberOfPullRequest(refOf("git.local:3000/a/b#1"), "http://git.local:3000/a/b/pulls/12")).toBe(12)
  expect(numberOfPullRequest(refOf("gitlab.com/a/b/c#1"), "https://gitlab.com/a/b/c/-/merge_requests/3")).toBe(3)
  for (const other of [
    null,
    "https://github.com/ann/other/pull/7",
    "https://github.com/ann/tool/issues/7",
    "no address",
  ]) {
    expect(numberOfPullRequest(issue, other)).toBeNull()
  }
})

test("an issue that is a pull request has its own number, whatever is recorded", () => {
  expect(numberOfPullRequest(refOf("github.com/ann/tool#pr-9"), "https://github.com/ann/tool/pull/7")).toBe(9)
  expect(numberOfPullRequest(refOf("gitlab.com/a/b#mr-5"), null)).toBe(5)
})

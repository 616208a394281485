import { expect, test } from "bun:test"
import { numberOfPullRequest } from "@kugetsu/core/domain/numberOfPullRequest"

test("the number is read in the words of every forge, as long as the address is of the repository", () => {
  expect(numberOfPullRequest("https://github.com/ann/Tool/pull/7", "github.com/ann/tool")).toBe(7)
  expect(numberOfPullRequest("http://git.local:3000/a/b/pulls/12/files", "git.local:3000/a/b")).toBe(12)
  expect(numberOfPullRequest("https://git.local/git/a/b/pulls/12", "git.local/git/a/b")).toBe(12)
  expect(numberOfPullRequest("https://gitlab.com/a/b/c/-/merge_requests/3", "gitlab.com/a/b/c")).toBe(3)
  for (const other of ["https://github.com/ann/other/pull/7", "https://github.com/ann/tool/issues/7", "no address"]) {
    expect(numberOfPullRequest(other, "github.com/ann/tool")).toBeNull()
  }
})

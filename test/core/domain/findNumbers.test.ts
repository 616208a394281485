import { expect, test } from "bun:test"
import { findNumbers, numberText } from "@kugetsu/core/domain/findNumbers"

test("numbers without a repository are found as people write them, each once", () => {
  expect(findNumbers("work on issue #14")).toEqual(["14"])
  expect(findNumbers("#14, #15 (not #14!) and **#16**.")).toEqual(["14", "15", "16"])
  expect(findNumbers("review PR #92; pull request #7 too, MR !3, merge request #4")).toEqual([
    "pr-92",
    "pr-7",
    "mr-3",
    "mr-4",
  ])
  expect(findNumbers("fixes:\n#1\n#2?")).toEqual(["1", "2"])
  expect(["14", "pr-7", "mr-3"].map(numberText)).toEqual(["#14", "PR #7", "MR #3"])
})

test("what belongs to something else is no number of an issue", () => {
  for (const text of [
    "a/b#14",
    "b#14",
    "https://x.org/a/b/issues/1#14",
    "docs/a.md#14",
    "&#39;",
    "##14",
    "#14a",
    "#14-x",
    "#0",
    "#007",
    "#336699",
    "#1.5",
    "C#7",
    "sharp # 7",
    "!3",
  ]) {
    expect([text, findNumbers(text)]).toEqual([text, []])
  }
})

test("a long text is searched in passing", () => {
  const before = performance.now()
  expect(findNumbers("PR ".repeat(300_000) + "#".repeat(300_000) + " #5")).toEqual(["5"])
  expect(performance.now() - before).toBeLessThan(2000)
})

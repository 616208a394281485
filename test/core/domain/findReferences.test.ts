import { expect, test } from "bun:test"
import { findReferences } from "@kugetsu/core/domain/findReferences"

const found = (text: string): ReadonlyArray<string> =>
  findReferences(text, { defaultInstance: "github.com", knownInstances: ["gitbox"] }).map(
    ({ issue, pullRequestUrl }) => pullRequestUrl ?? issue.toString(),
  )

const cases: ReadonlyArray<readonly [text: string, ...references: ReadonlyArray<string>]> = [
  ["fix you/repo#14 now", "github.com/you/repo#14"],
  [
    "(you/repo#14), [you/repo#15]; “you/repo#16”: you/repo#17.",
    ...[14, 15, 16, 17].map((n) => `github.com/you/repo#${n}`),
  ],
  ["**you/repo#14**, _you/repo#15_ and you/repo#16's", ...[14, 15, 16].map((n) => `github.com/you/repo#${n}`)],
  ["月。you/repo#14を直す", "github.com/you/repo#14"],
  ["gitlab.com/a/b/c#4 and git.local:3000/a/b#-discuss", "gitlab.com/a/b/c#4", "git.local:3000/a/b#-discuss"],
  ["a known host needs no dot: gitbox/a/b#4", "gitbox/a/b#4"],
  ["https://github.com/a/b/issues/4?x=(y)#issuecomment-7!", "github.com/a/b#4"],
  ["<https://gitlab.com/a/b/-/issues/4/>", "gitlab.com/a/b#4"],
  ["github.com/a/b/issues/4", "github.com/a/b#4"],
  ["see https://github.com/a/b/pull/12/files", "https://github.com/a/b/pull/12"],
  ["twice: a/b#4, A/B#4, https://github.com/a/b/issues/4", "github.com/a/b#4"],
  ["#14, issue 14, PR #92 of you/repo"],
  ["the reviews of you/repo PR #7, gitbox/a/b MR !8.", "github.com/you/repo#pr-7", "gitbox/a/b#mr-8"],
  ["docs/a/b PR #7, you/repo PR no. 7"],
  ["docs/setup.md#install, src/main.ts#L12, ./a/b/c.ts#12, lib/x/y#3"],
  ["https://example.org/page#4, user:secret@github.com/a/b#4, me@example.org"],
  ["a/../b#4 ../b#4 a//b#4 a/b#0 a/b#"],
  [""],
]

for (const [text, ...references] of cases) {
  test(`${JSON.stringify(text)} names ${references.join(", ") || "nothing"}`, () => {
    expect(found(text)).toEqual(references)
  })
}

const megabyte = (text: string) => text.repeat(1_000_000 / text.length)

test("a megabyte of one long word, or of many, is read in no time", () => {
  const shapes = ["a/", "a#", "https://a/", "/".repeat(1000) + " ", ".", "a.", "a?", "_", "a/b#4 ", "a/b#4."]
  const from = performance.now()
  for (const text of shapes) found(megabyte(text))
  // dots at the end of a megabyte that does not end with them
  for (const end of ["x", "x ", "#x"]) found(megabyte(".") + end)
  expect(performance.now() - from).toBeLessThan(10_000)
})

test("a megabyte that names another issue with every word is read in time, and each is found", () => {
  const refs = Array.from({ length: 80_000 }, (_, n) => `a/b#${n + 1}`)
  const from = performance.now()
  expect(found(refs.join(" ")).length).toBe(refs.length)
  expect(performance.now() - from).toBeLessThan(10_000)
})

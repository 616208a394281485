import { expect, test } from "bun:test"
import {
  comparePlaces,
  type ExpectedPlace,
  type FoundPlace,
  isOfSession,
  sameOwner,
} from "@kugetsu/core/domain/Isolation"

const owner = "example.org/ann/tool#1"
const tree = { repository: "/h/repos/tool.git", branch: "fix/issue-1", remote: "https://example.org/ann/tool.git" }
const expected: ExpectedPlace = { owner, session: "ses_1", directory: "/h/worktrees/tool-1", tree, marked: true }
const found: FoundPlace = { owner, directory: "/h/worktrees/tool-1", tree: { ...tree, owner } }

/** The ties that do not fit when this is found. */
const tiesOf = (change: Partial<FoundPlace>, wanted: Partial<ExpectedPlace> = {}) => {
  const comparison = comparePlaces({ ...expected, ...wanted }, { ...found, ...change })
  return comparison._tag === "Fits" ? [] : comparison.mismatches.map(({ tie }) => tie)
}
const inTree = (change: Partial<NonNullable<FoundPlace["tree"]>>) => ({ tree: { ...tree, owner, ...change } })

test("a place where everything is as expected fits, in whatever spelling its marks name the issue", () => {
  expect(tiesOf({})).toEqual([])
  expect(tiesOf({ owner: "Example.org/Ann/Tool#1", ...inTree({ owner: "example.org/ANN/tool#1" }) })).toEqual([])
})

test("each tie is told apart, and all that do not fit are told together", () => {
  expect(tiesOf({ directory: "/other" })).toEqual(["directory"])
  expect(tiesOf({ directory: null })).toEqual(["session"])
  expect(tiesOf({ owner: "example.org/ann/tool#2" })).toEqual(["storage"])
  expect(tiesOf({ tree: null })).toEqual(["worktree"])
  expect(tiesOf(inTree({ repository: null }))).toEqual(["worktree"])
  expect(tiesOf(inTree({ repository: "/h/repos/site.git" }))).toEqual(["worktree"])
  expect(tiesOf(inTree({ branch: "fix/issue-2" }))).toEqual(["branch"])
  expect(tiesOf(inTree({ remote: "https://example.org/ann/site.git" }))).toEqual(["remote"])
  expect(tiesOf(inTree({ remote: null }))).toEqual(["remote"])
  expect(tiesOf(inTree({ owner: "example.org/ann/tool#2" }))).toEqual(["issue"])
  expect(tiesOf({ directory: "/other", ...inTree({ branch: "main", owner: "example.org/x/y#1" }) })).toEqual([
    "directory",
    "branch",
    "issue",
  ])
})

test("a detached head is a rebase that is under way, and no other branch", () => {
  expect(tiesOf(inTree({ branch: null }))).toEqual([])
})

test("a place without marks is taken over before its first turn, and after a turn its marks must be there", () => {
  const unmarked = { owner: null, ...inTree({ owner: null }) }
  expect(tiesOf(unmarked, { marked: false })).toEqual([])
  expect(tiesOf(unmarked)).toEqual(["storage", "issue"])
  // somebody else's is never taken over
  expect(tiesOf({ owner: "example.org/ann/tool#2" }, { marked: false })).toEqual(["storage"])
  expect(tiesOf(inTree({ owner: "example.org/ann/tool#2" }), { marked: false })).toEqual(["issue"])
})

test("the PM has no worktree to compare, and is no issue of that name", () => {
  const pm = { owner: "pm-agent", tree: null }
  expect(tiesOf({ owner: "pm-agent", tree: null }, pm)).toEqual([])
  expect(tiesOf({ owner, tree: null }, pm)).toEqual(["storage"])
  expect(sameOwner("pm-agent", "base")).toBe(false)
})

test("only what is the session's own fault puts it into quarantine before a turn", () => {
  const comparison = comparePlaces(expected, { owner: null, directory: null, tree: null })
  const mismatches = comparison._tag === "Fits" ? [] : comparison.mismatches
  expect(mismatches.filter(isOfSession).map(({ tie }) => tie)).toEqual(["storage", "session"])
  expect(mismatches.filter((one) => !isOfSession(one)).map(({ tie }) => tie)).toEqual(["worktree"])
})

import { expect, test } from "bun:test"
import { stashOwner } from "@kugetsu/core/domain/stashOwner"

const of = (branches: ReadonlyArray<string>, stoodOn: ReadonlyArray<string>) => ({
  branches: new Set(branches),
  stoodOn: new Set(stoodOn),
})

test("a stash is whose branch it names, else of who stood where it was made, this worktree before others", () => {
  const own = of(["fix/issue-1"], ["c1", "both"])
  const others = [of(["fix/issue-2"], ["c2", "both"])]
  const owner = (subject: string, parent: string) => stashOwner({ subject, parent }, own, others)
  expect(owner("WIP on fix/issue-1: abc subject", "c2")).toBe("own")
  expect(owner("On fix/issue-2: idea: more", "c1")).toBe("other")
  expect(owner("On elsewhere: idea", "both")).toBe("own")
  expect(owner("WIP on (no branch): abc", "c2")).toBe("other")
  expect(owner("no form that git gives", "c3")).toBe("unknown")
})

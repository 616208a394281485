import { expect, test } from "bun:test"
import { ownerElsewhere } from "@kugetsu/core/domain/ownerElsewhere"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { newIssueSession, type TrackedSession } from "@kugetsu/core/domain/Session"

const issue = (identifier: string, id: string | null, worktree: string | null = null): TrackedSession => {
  const ref = new IssueRef({ instance: "h.org", owner: "a", repository: "t", identifier })
  const session = newIssueSession(ref, "2026-03-29T18:10:02+02:00")
  return { name: `h.org-a-t-${identifier}`, session: { ...session, opencode_session_id: id, worktree_path: worktree } }
}
const own = (name: "base" | "pm-agent", id: string): TrackedSession => {
  const type = name === "base" ? "base" : "pm_agent"
  return { name, session: { ...issue("9", id).session, type, issue_ref: null } }
}

const records = [
  own("base", "ses_base"),
  own("pm-agent", "ses_pm"),
  issue("1", "ses_1", "/old/.kugetsu-worktrees/one"),
  issue("2", "ses_2"),
  issue("3", "ses_pm"),
  issue("4", "ses_2"),
]
const objection = (
  identifier: string,
  id: string,
  directory: string,
  where: { readonly baseDirectory?: string; readonly otherRepository?: string } = {},
) =>
  ownerElsewhere(
    { name: `h.org-a-t-${identifier}`, id, directory, baseDirectory: null, otherRepository: null, ...where },
    records,
  )

test("a session comes along from its issue's worktree, whatever home that was in, and from where it was forked", () => {
  expect(objection("1", "ses_1", "/old/.kugetsu-worktrees/one")).toBeNull()
  expect(objection("1", "ses_1", "/another/home/worktrees/h.org-a-t-1")).toBeNull()
  expect(objection("1", "ses_1", "/home/ann")).toBeNull()
})

test("a session that worked in another issue's worktree stays where it is", () => {
  expect(objection("2", "ses_2", "/old/.kugetsu-worktrees/one/")).toBe(
    "it worked in /old/.kugetsu-worktrees/one/, the worktree of h.org/a/t#1",
  )
  expect(objection("1", "ses_9", "/x/h.org-a-t-2")).toBe("it worked in /x/h.org-a-t-2, the worktree of h.org/a/t#2")
})

test("of two records with one id only the one whose worktree it worked in gets the session", () => {
  expect(objection("2", "ses_2", "/home/ann")).toBe("it is recorded for h.org/a/t#4, too")
  expect(objection("4", "ses_2", "/home/ann")).toBe("it is recorded for h.org/a/t#2, too")
  expect(objection("4", "ses_2", "/x/h.org-a-t-4")).toBeNull()
  expect(objection("3", "ses_pm", "/home/ann")).toBe("it is recorded for the PM, too")
})

test("a session of another project stays where it is, unless all sessions were forked there", () => {
  const otherRepository = "https://h.org/ann/diary.git"
  expect(objection("1", "ses_1", "/home/ann/diary", { otherRepository })).toBe(
    `it worked in /home/ann/diary, which belongs to ${otherRepository}`,
  )
  expect(objection("1", "ses_1", "/home/ann/diary", { otherRepository, baseDirectory: "/home/ann/diary/" })).toBeNull()
  expect(objection("1", "ses_1", "/old/.kugetsu-worktrees/one", { otherRepository })).toBeNull()
})

test("a session of an issue that has no record any more is known by the name of its worktree", () => {
  for (const directory of ["/x/h.org-a-t-99", "/x/h.org-group-b-t--discuss", "/home/ann/.kugetsu-worktrees/ninety"]) {
    expect(objection("1", "ses_1", directory)).toBe(
      `it worked in ${directory}, which is named like the worktree of another issue`,
    )
  }
  expect(objection("1", "ses_1", "/x/.my-own-nice-project")).toBeNull()
})

import { expect, test } from "bun:test"
import { isOwnConversation, judgeStorage, type StorageFacts } from "@kugetsu/core/domain/judgeStorage"

const owner = "example.org/ann/tool#1"
const directory = "/h/worktrees/tool-1"
const mark = { owner, session: "ses_1", directory }
const own = { id: "ses_1", directory }

const judge = (facts: Partial<StorageFacts>, known: string | null = "ses_1") =>
  judgeStorage({ mark, sessions: [own], ...facts }, { owner, directory, known })

test("a session in its directory is used, recorded or not, and so is a place without any", () => {
  for (const known of ["ses_1", null, "ses_of_another_issue"]) expect(judge({}, known)._tag).toBe("Usable")
  expect(judge({ mark: null })._tag).toBe("Usable")
  expect(judge({ sessions: [] })._tag).toBe("Usable")
})

test("storage of another issue is foreign, even where everything else fits, and where no session is in it", () => {
  const other = { ...mark, owner: "example.org/ann/tool#2" }
  const mismatch = { tie: "storage", expected: owner, found: other.owner }
  expect(judge({ mark: other })).toMatchObject({ _tag: "Foreign", session: "ses_1", mismatch })
  expect(judge({ mark: other, sessions: [] })).toMatchObject({ _tag: "Foreign", session: null, mismatch })
})

test("the session that was made here, and is bound to where it was made, has moved; any other is foreign", () => {
  const old = "/old/worktrees/tool-1"
  expect(judge({ mark: { ...mark, directory: old }, sessions: [{ ...own, directory: old }] })._tag).toBe("Moved")
  const strange = [
    { id: "ses_1", directory: "/old/project" },
    { id: "ses_2", directory: old },
  ]
  for (const session of strange) {
    const verdict = judge({ mark: { ...mark, directory: old }, sessions: [session] }, session.id)
    expect(verdict).toMatchObject({
      _tag: "Foreign",
      session: session.id,
      mismatch: { tie: "directory", expected: directory, found: session.directory },
    })
  }
})

test("the recorded session counts, also where another one of the storage is in its place", () => {
  const sessions = [own, { id: "ses_2", directory: "/old/project" }]
  expect(judge({ sessions }, "ses_2")._tag).toBe("Foreign")
  expect(judge({ sessions }, "ses_1")._tag).toBe("Usable")
})

test("without a mark a directory of the same name is the home at another place, and any other is foreign", () => {
  const at = (where: string) => judge({ mark: null, sessions: [{ ...own, directory: where }] })._tag
  expect(at("/old/worktrees/tool-1")).toBe("Moved")
  expect(at("/old/worktrees/tool-2")).toBe("Foreign")
})

test("a kept conversation goes on only where it is the issue's own", () => {
  const isOwn = (kept: { id?: string; directory?: string | null }, marked: typeof mark | null = mark) =>
    isOwnConversation({ id: "ses_9", directory: null, ...kept }, { mark: marked, owner, directory })
  expect(isOwn({ directory })).toBe(true)
  expect(isOwn({ id: "ses_1", directory: "/old/place" })).toBe(true)
  expect(isOwn({ directory: "/old/project" })).toBe(false)
  expect(isOwn({ directory: "/old/project" }, null)).toBe(false)
  expect(isOwn({ directory: "/old/tool-1" }, null)).toBe(true)
  expect(isOwn({ directory }, { ...mark, owner: "example.org/ann/tool#2" })).toBe(false)
})

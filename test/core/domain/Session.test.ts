import { newIssueSession, Session } from "@kugetsu/core/domain/Session"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { expect, test } from "bun:test"
import { Result, Schema } from "effect"

const decode = Schema.decodeUnknownResult(Session)
const ref = IssueRef.make({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier: "14" })
const blank = newIssueSession(ref, "2026-11-20T06:30:12+00:00")

test("what the first kugetsu left out, or left empty, is filled in", () => {
  const { created_at, issue_ref, type } = blank
  const old = { type, issue_ref, created_at, opencode_session_id: "", pr_url: null }
  expect(Result.getOrThrow(decode(old))).toEqual(blank)
})

test("nothing but a whole record is read as one", () => {
  const faulty = [{ state: "" }, { state: null }, { version: 2 }, { type: "other" }, { created_at: 7 }, { run: 0 }]
  for (const fault of faulty) expect(Result.isFailure(decode({ ...blank, ...fault }))).toBe(true)
  for (const value of [null, "x", 1, [], {}]) expect(Result.isFailure(decode(value))).toBe(true)
})

test("a record is written as it was read", () => {
  expect(Schema.encodeUnknownSync(Session)(Result.getOrThrow(decode(blank)))).toEqual(blank)
})

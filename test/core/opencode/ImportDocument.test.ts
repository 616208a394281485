import { expect, test } from "bun:test"
import {
  continuedDocument,
  copiedDocument,
  emptyDocument,
  newSessionId,
  restoredDocument,
} from "@kugetsu/core/opencode/ImportDocument"
import { parseExport, type SessionExport } from "@kugetsu/core/opencode/SessionExport"

const session = "ses_e0880000001ffeOriginalOrigin0"
const user = "msg_1f7c6f54f001aaaaaaaaaaaaaa"
const assistant = "msg_1f7c6fb6c001bbbbbbbbbbbbbb"
// two parts that only their random ends tell apart, in the order of those
const parts = ["prt_1f7c70791001BBBBBBBBBBBBBB", "prt_1f7c70791001bbbbbbbbbbbbbb", "prt_1f7c70791002aaaaaaaaaaaaaa"]

const original = {
  info: {
    id: session,
    slug: "a",
    title: "the original",
    directory: "/elsewhere",
    projectID: "p",
    parentID: "ses_parent",
    share: { url: "https://example.org/s" },
    model: { id: "m", providerID: "p" },
    permission: [{ permission: "question", pattern: "*", action: "allow" }],
  },
  messages: [
    { info: { id: user, sessionID: session, role: "user", extra: { kept: [1, null, true] } }, parts: [] },
    {
      info: { id: assistant, sessionID: session, role: "assistant", parentID: user },
      parts: parts.map((id) => ({ id, messageID: assistant, sessionID: session, type: "text", text: `about ${user}` })),
    },
  ],
} as object as SessionExport

const binding = {
  directory: "/work tree",
  title: "issue 14",
  permission: [{ permission: "*", pattern: "*", action: "allow" }] as const,
  now: 1_795_149_842_134,
}

test("a conversation that goes on in another session has its messages under their own ids", () => {
  const continued = continuedDocument(original, binding.now)
  const { id } = continued.info
  expect(id).toMatch(/^ses_[0-9a-f]{12}[0-9A-Za-z]{14}$/)
  expect(JSON.stringify(continued)).not.toContain(session)
  expect(JSON.parse(JSON.stringify(continued).replaceAll(id, session))).toEqual(original)
})

test("a copy has no id of the original, and keeps order, references and everything else", () => {
  const copy = copiedDocument(original, binding)
  const text = JSON.stringify(copy)
  for (const id of [session, assistant, ...parts]) expect(text).not.toContain(id)
  const [first, second] = copy.messages as ReadonlyArray<any>
  expect(copy.info.id).toMatch(/^ses_[0-9a-f]{12}[0-9A-Za-z]{14}$/)
  expect(first.info).toMatchObject({ sessionID: copy.info.id, role: "user", extra: { kept: [1, null, true] } })
  expect(second.info.parentID).toBe(first.info.id)
  expect(first.info.id.slice(0, 16)).toBe(user.slice(0, 16))
  const ids = second.parts.map((part: { id: string }) => part.id)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(3)
  for (const part of second.parts) expect(part).toMatchObject({ messageID: second.info.id, sessionID: copy.info.id })
  // words that happen to contain an id are the person's
  expect(second.parts[0].text).toBe(`about ${user}`)
})

test("a copy is bound to its place and to nothing of the original's", () => {
  expect(copiedDocument(original, binding).info as object).toMatchObject({
    directory: "/work tree",
    title: "issue 14",
    permission: binding.permission,
    model: { id: "m", providerID: "p" },
  })
  for (const tie of ["parentID", "share"]) expect(copiedDocument(original, binding).info).not.toHaveProperty(tie)
})

test("a restored session keeps its ids and its messages", () => {
  const restored = restoredDocument(original, binding)
  expect(restored.info.id).toBe(session)
  expect(restored.messages).toEqual(original.messages)
  expect(restored.info as object).toMatchObject({ directory: "/work tree", permission: binding.permission })
})

test("session ids count down with time, so that the newest sorts first", () => {
  const ids = [1, 2, 3].map((second) => newSessionId(binding.now + second * 1000))
  expect(ids.toSorted().toReversed()).toEqual(ids)
  expect(emptyDocument(binding).messages).toEqual([])
})

test("an export that was cut off, or is of something else, is refused", () => {
  const text = JSON.stringify(original)
  expect(parseExport(text)).toMatchObject({ _tag: "Success" })
  expect(parseExport(text.slice(0, -1))).toMatchObject({ _tag: "Failure", failure: "it is no JSON, or was cut off" })
  expect(parseExport('{"info":{"id":"ses_1"}}')).toMatchObject({ _tag: "Failure" })
})

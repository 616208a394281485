import { expect, test } from "bun:test"
import type { Message } from "@kugetsu/core/domain/Conversation"
import { contextRunOf, withConversation, withRun } from "@kugetsu/core/domain/extendContext"
import { newContext } from "@kugetsu/core/domain/TaskContext"
import { runExit, runId } from "../../kit/records.ts"

const empty = newContext("github.com/shoko/kugetsu#14", "2026-11-20T06:00:00.000+00:00")

const message = (id: string | null, content: string, minute = 0): Message => ({
  id,
  role: "assistant",
  content,
  tools: [],
  timestamp: at(minute),
})

const at = (minute: number) => `2026-11-20T06:${String(minute).padStart(2, "0")}:00.000+00:00`

const contents = (messages: ReadonlyArray<Message>) => messages.map(({ content }) => content)

test("a session that has fewer messages than the context takes none away, and new ones come after", () => {
  const said = (...messages: ReadonlyArray<Message>) => ({ session: "ses_1", messages })
  const before = withConversation(empty, said(message("a", "one"), message("b", "half")), at(0))
  const grown = withConversation(before, said(message("b", "whole"), message("c", "three")), at(0))
  expect(contents(grown.conversation_history)).toEqual(["one", "whole", "three"])
  expect(grown.session).toEqual({ id: "ses_1", messages: 2 })
  const another = withConversation(grown, { session: "ses_2", messages: [message("d", "four", 2)] }, at(1))
  expect(contents(another.conversation_history)).toEqual(["one", "whole", "three", "four"])
  expect([another.last_message, another.session]).toEqual(["four", { id: "ses_2", messages: 1 }])
})

test("a session in which a turn left no word does not become the one that knows all", () => {
  const known = withConversation(
    empty,
    { session: "ses_1", messages: [message("a", "one"), message("b", "two")] },
    at(0),
  )
  // of the base session, which another begins with
  const borrowed = [message("x", "hello"), message("y", "hello"), message("z", "hello")]
  for (const [conversation, begun] of [
    [{ session: "ses_2", messages: [] }, at(1)],
    [{ session: "ses_2", messages: borrowed }, at(1)],
    [{ session: "ses_2", messages: [message("c", "three", 1)] }, null],
    // made anew from an older copy
    [{ session: "ses_1", messages: [message("a", "one")] }, at(1)],
  ] as const) {
    expect(withConversation(known, conversation, begun).session).toEqual({ id: "ses_1", messages: 2 })
  }
  const first = { ...empty, conversation_history: [message(null, "old")] }
  expect(withConversation(first, { session: "ses_2", messages: [] }, at(1)).session).toBeNull()
  expect(withConversation(empty, { session: "ses_2", messages: borrowed }, at(1)).session?.messages).toBe(3)
})

test("the same dump twice changes nothing, and messages of the first kugetsu stay in front", () => {
  const first = { ...empty, conversation_history: [message(null, "old"), message(null, "old")] }
  const said = { session: "ses_1", messages: [message("a", "new"), message("b", " ")] }
  const once = withConversation(first, said, at(0))
  expect(withConversation(once, said, at(0))).toEqual(once)
  expect(contents(once.conversation_history)).toEqual(["old", "old", "new", " "])
  expect(once.last_message).toBe("new")
})

test("each run is kept once, as its last record tells it, the oldest first", () => {
  const exit = (tail: string, minute: number, outcome: "committed" | "failed" = "committed") =>
    contextRunOf(
      { message: tail },
      runExit(runId(tail), { outcome, finished_at: `2026-11-20T06:${minute}:00.000+00:00` }),
    )
  let context = empty
  for (const entry of [exit("second", 20), exit("first1", 10), exit("second", 20, "failed")]) {
    context = withRun(context, entry, entry.message === "second" ? "fix/issue-14" : null)
  }
  expect(context.runs.map(({ message, outcome }) => [message, outcome])).toEqual([
    ["first1", "committed"],
    ["second", "failed"],
  ])
  expect([context.current_branch, context.updated_at]).toEqual(["fix/issue-14", "2026-11-20T06:20:00.000+00:00"])
})

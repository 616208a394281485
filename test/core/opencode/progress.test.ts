import { actsOf } from "@kugetsu/core/opencode/progress"
import { expect, test } from "bun:test"

const event = (type: string, rest: unknown) =>
  JSON.stringify({ type, timestamp: 1, sessionID: "ses_1", ...(rest as {}) })

test("words, tools and errors are told", () => {
  expect(actsOf(event("text", { part: { text: " done\n" } }))).toEqual([{ _tag: "Said", text: "done" }])
  expect(
    actsOf(
      event("tool_use", {
        part: {
          tool: "bash",
          state: { status: "completed", title: "t", input: { command: "git push", description: "d" } },
        },
      }),
    ),
  ).toEqual([{ _tag: "Used", tool: "bash", subject: "git push", failed: false }])
  expect(
    actsOf(event("tool_use", { part: { tool: "edit", state: { status: "error", input: { filePath: "/w/a.ts" } } } })),
  ).toEqual([{ _tag: "Used", tool: "edit", subject: "/w/a.ts", failed: true }])
  expect(
    actsOf(event("error", { error: { name: "APIError", data: { message: "bad key", statusCode: 401 } } })),
  ).toEqual([{ _tag: "Erred", message: "bad key" }])
})

test("what is of no interest, no event or no JSON is passed over", () => {
  expect(
    ["", "not JSON", "[]", event("step_start", {}), event("text", { part: { text: " " } }), event("text", {})].flatMap(
      actsOf,
    ),
  ).toEqual([])
})

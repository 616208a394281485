import { expect, test } from "bun:test"
import { maskExport } from "@kugetsu/core/opencode/maskExport"
import type { SessionExport } from "@kugetsu/core/opencode/SessionExport"
import { sizeOf } from "@kugetsu/core/opencode/SessionExport"

const redact = (text: string) => text.replaceAll("completed", "***").replaceAll("s3cret", "***")

test("a secret is masked wherever somebody wrote it, and nothing that opencode goes by, whatever the secret is", () => {
  const part = (state: object) => ({ id: "prt_completed", messageID: "msg_s3cret", type: "tool", tool: "bash", state })
  const document = {
    info: { id: "ses_s3cret", title: "the s3cret", time: { created: 1 } },
    messages: [
      {
        info: { id: "msg_s3cret", role: "assistant", finish: "stop" },
        parts: [
          part({
            status: "completed",
            input: { command: "echo s3cret", s3cret: ["s3cret", 1, null, true] },
            output: "s3cret\n",
            metadata: { deep: { "a s3cret": { status: "s3cret" } } },
          }),
          { id: "prt_2", type: "text", text: "it is s3cret" },
        ],
      },
    ],
  } as unknown as SessionExport
  const masked = maskExport(document, redact)
  expect(masked).toEqual({
    info: { id: "ses_s3cret", title: "the ***", time: { created: 1 } },
    messages: [
      {
        info: { id: "msg_s3cret", role: "assistant", finish: "stop" },
        parts: [
          part({
            status: "completed",
            input: { command: "echo ***", "***": ["***", 1, null, true] },
            output: "***\n",
            metadata: { deep: { "a ***": { status: "***" } } },
          }),
          { id: "prt_2", type: "text", text: "it is ***" },
        ],
      },
    ],
  } as unknown as SessionExport)
  expect(sizeOf(masked)).toEqual(sizeOf(document))
})

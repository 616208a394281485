import { expect, test } from "bun:test"
import { redactLines } from "@kugetsu/core/domain/redactLines"
import { redaction } from "@kugetsu/core/domain/Redaction"

const token = "kQ7vR2xM9tB4nZ6pL1"

test("an event stays JSON, keeps its place in the file, and loses the value wherever it stands", () => {
  const clean = redactLines(redaction([token]))
  const event = { type: "tool_use", part: { state: { output: `GITHUB_TOKEN=${token}\n"x"`, n: 1 } } }
  const line = JSON.stringify(event)
  const left = clean(line)
  expect(left).toHaveLength(line.length)
  expect(JSON.parse(left)).toEqual({ type: "tool_use", part: { state: { output: 'GITHUB_TOKEN=***\n"x"', n: 1 } } })
})

test("a line without secrets stays to the letter, however it is written", () => {
  const clean = redactLines(redaction([token]))
  for (const line of ['{ "a" : 1.0, "b":"\\u0041" }', "{no json", "", "timestamp=2026 level=WARN", "{}"])
    expect(clean(line)).toBe(line)
})

test("a private key that comes line by line is taken out to its end, and no further", () => {
  const clean = redactLines(redaction([]))
  const key = ["-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", "", "c2VjcmV0".repeat(8), "c2VjcmV0c2Vjc"]
  const lines = ["before", ...key, "-----END RSA PRIVATE KEY-----", "after it"]
  const left = lines.map((line) => clean(line).trimEnd())
  expect(left.join("\n")).not.toContain("c2VjcmV0c2VjcmV0")
  expect([left[0], left.at(-1)]).toEqual(["before", "after it"])
  // one whose end never came
  expect([key[0]!, "some words", "c2VjcmV0".repeat(8)].map(clean)[1]).toBe("some words")
})

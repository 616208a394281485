import { age, harmless, oneLine, span, table } from "@kugetsu/cli/display"
import { expect, test } from "bun:test"

test("columns line up by what a terminal shows, whatever the alphabet or the colour", () => {
  const text = table(
    ["NAME", "STATE"],
    [
      ["月掴", "a"],
      ["👩‍💻 x", "b"],
      [["red", "red"], "c"],
      ["é", "d"],
    ],
    (_, text) => `\u001b[31m${text}\u001b[0m`,
  )
  expect(text).toContain("\u001b[31mred\u001b[0m ")
  const starts = text.split("\n").map((line) => Bun.stringWidth(line.slice(0, line.search(/(STATE|[abcd])$/))))
  expect(starts).toEqual([6, 6, 6, 6, 6])
})

test("no line of a table ends in blanks", () => {
  expect(table(["A", "B"], [["1", ""]])).toBe("A  B\n1")
})

test("a table is cut to the terminal where it is only read; what is typed again stays whole", () => {
  const header = ["ITEM", "ISSUE_REF", "NOTE", "MESSAGE"]
  const long = ["q_1795161012345_k3f9qa", "example.org/組織/tool#1", "短い", "月掴🌕".repeat(30)]
  const cut = table(header, [long], undefined, 80).split("\n")
  expect(cut.map((line) => Bun.stringWidth(line) <= 80)).toEqual([true, true])
  expect(cut[1]).toStartWith("q_1795161012345_k3f9qa  example.org/組織/tool#1  短い  月掴🌕月")
  expect(cut[1]).toEndWith("…")
  // no room at all: the terminal wraps what must stay
  expect(table(header, [long], undefined, 20)).toContain("q_1795161012345_k3f9qa  example.org/組織/tool#1")
  expect(table(header, [long])).toContain(long.at(-1)!)
})

test("control characters of others are shown, never obeyed", () => {
  expect(harmless("a\u001b[2Jb\u0007\r\nc\td\u009b")).toBe("a\\x1b[2Jb\\x07\nc\td\\x9b")
  expect(harmless("\u061c1\u200e2\u200f3")).toBe("\\u061c1\\u200e2\\u200f3")
  expect(harmless("1\u202e2\u2066 👩\u200d💻")).toBe("1\\u202e2\\u2066 👩\u200d💻")
})

test("a cell of a table obeys nothing that is in it, painted or not, and stays on its line", () => {
  const nasty = "\u001b[2Jx\ny\u009bz"
  const lines = table(["A"], [[nasty], [["red", nasty]]], (colour, text) => `<${colour}>${text}`).split("\n")
  expect(lines).toEqual(["A", "\\x1b[2Jx y\\x9bz", "<red>\\x1b[2Jx y\\x9bz"])
})

test("a long line is cut to its width on the terminal, between whole characters", () => {
  const cut = oneLine("月".repeat(60), 21)
  expect([Bun.stringWidth(cut), cut.endsWith("…")]).toEqual([21, true])
  expect(oneLine("first\nsecond")).toBe("first")
})

test("ages are told in their largest unit", () => {
  expect([0, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000 * 5].map(span)).toEqual([
    "0s",
    "59s",
    "1m",
    "59m",
    "1h",
    "5d",
  ])
  expect([age("2026-11-20T06:00:00Z", Date.parse("2026-11-20T08:30:00Z")), age("N/A", 0)]).toEqual(["2h", "-"])
})

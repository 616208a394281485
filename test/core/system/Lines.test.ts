import { expect } from "bun:test"
import { eachLine, type Line } from "@kugetsu/core/system/Lines"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const linesOf = Effect.fnUntraced(function* (content: string | Buffer | null, maxBytes = 1_000_000) {
  const file = path.join(yield* temporaryDirectory, "lines")
  if (content !== null) fs.writeFileSync(file, content)
  const lines: Array<Line> = []
  yield* eachLine(file, maxBytes, (line) => void lines.push(line))
  return lines
})

const whole = (text: string): Line => ({ text, cut: false, ended: true })

effectTest("lines of any length come whole, also across the chunks of reading", () =>
  Effect.gen(function* () {
    // a letter of three bytes stands on every boundary of a chunk
    const long = "月".repeat(300_000)
    expect(yield* linesOf(`a\n${long}\n\nlast\n`)).toEqual([whole("a"), whole(long), whole(""), whole("last")])
  }),
)

effectTest("a last line without its newline is told from a whole one", () =>
  Effect.gen(function* () {
    expect(yield* linesOf("a\nb")).toEqual([whole("a"), { text: "b", cut: false, ended: false }])
  }),
)

effectTest("a line beyond the limit is cut, and the lines after it are not", () =>
  Effect.gen(function* () {
    const lines = yield* linesOf(`${"x".repeat(700_000)}\nshort\n`, 10)
    expect(lines).toEqual([{ text: "xxxxxxxxxx", cut: true, ended: true }, whole("short")])
  }),
)

effectTest("no file has no lines", () =>
  Effect.gen(function* () {
    expect(yield* linesOf(null)).toEqual([])
    expect(yield* linesOf("")).toEqual([])
  }),
)

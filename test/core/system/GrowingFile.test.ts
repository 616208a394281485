import { growingFile } from "@kugetsu/core/system/GrowingFile"
import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

effectTest("a line is given once, when it is whole, even when it came in pieces of a letter", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "events.jsonl")
    const next = growingFile(file)
    expect(yield* next).toEqual([])
    const moon = Buffer.from("first 月\nse")
    fs.writeFileSync(file, moon.subarray(0, 7))
    expect(yield* next).toEqual([])
    fs.appendFileSync(file, moon.subarray(7))
    expect(yield* next).toEqual(["first 月"])
    expect(yield* next).toEqual([])
    fs.appendFileSync(file, "cond\n\nthird\n")
    expect(yield* next).toEqual(["second", "", "third"])
  }),
)

effectTest("a line of 5 MB is one line", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "events.jsonl")
    const next = growingFile(file)
    const line = "x".repeat(5_000_000)
    fs.writeFileSync(file, line.slice(0, 3_000_000))
    expect(yield* next).toEqual([])
    fs.appendFileSync(file, line.slice(3_000_000) + "\n")
    const [read] = yield* next
    expect(read === line).toBe(true)
  }),
)

import { expect } from "bun:test"
import { growingFile } from "@kugetsu/core/system/GrowingFile"
import { rewriteLines } from "@kugetsu/core/system/rewriteLines"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const logTest = (name: string, body: (file: string) => Effect.Effect<void, unknown>) =>
  effectTest(name, () =>
    Effect.flatMap(temporaryDirectory, (dir) => {
      const file = path.join(dir, "a log")
      return Effect.andThen(
        body(file),
        Effect.sync(() => expect(fs.readdirSync(dir).filter((name) => name.startsWith("."))).toEqual([])),
      )
    }),
  )

const masked = () => (line: string) => line.replaceAll("secret", "***   ")

logTest("each line is replaced by what becomes of it, for its owner alone; the last may have no newline", (file) =>
  Effect.gen(function* () {
    fs.writeFileSync(file, "a\n\na secret 月\nsecret", { mode: 0o644 })
    yield* rewriteLines(file, masked)
    expect(fs.readFileSync(file, "utf8")).toBe("a\n\na ***    月\n***   ")
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  }),
)

logTest("who reads the log at the same time misses no line and sees none twice", (file) =>
  Effect.gen(function* () {
    fs.writeFileSync(file, "one secret\ntwo\n")
    const news = growingFile(file)
    yield* news
    fs.appendFileSync(file, "three secret\n")
    yield* rewriteLines(file, masked)
    expect(yield* news).toEqual(["three ***   "])
  }),
)

logTest("a log in which nothing changes, and one that is not there, are not touched", (file) =>
  Effect.gen(function* () {
    yield* rewriteLines(file, masked)
    expect(fs.existsSync(file)).toBe(false)
    fs.writeFileSync(file, Buffer.from([0x61, 0xff, 0x0a]))
    const { ino } = fs.statSync(file)
    yield* rewriteLines(file, masked)
    expect([fs.statSync(file).ino, [...fs.readFileSync(file)]]).toEqual([ino, [0x61, 0xff, 0x0a]])
  }),
)

logTest("each reading begins with nothing remembered", (file) =>
  Effect.gen(function* () {
    fs.writeFileSync(file, "x\nx\n")
    yield* rewriteLines(file, () => {
      let n = 0
      return () => `${++n}`
    })
    expect(fs.readFileSync(file, "utf8")).toBe("1\n2\n")
  }),
)

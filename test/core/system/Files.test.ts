import { expect } from "bun:test"
import { createFile, ensureDirectory, listDirectory, readText, replaceFile } from "@kugetsu/core/system/Files"
import { jsonFile } from "@kugetsu/core/system/JsonFile"
import { Effect, Option, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const modeOf = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)

effectTest("files are 0600 and directories 0700 whatever the umask", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    const before = process.umask(0o000)
    yield* Effect.ensuring(
      Effect.gen(function* () {
        yield* ensureDirectory(path.join(dir, "a", "b"))
        yield* replaceFile(path.join(dir, "a", "replaced"), "x")
        yield* createFile(path.join(dir, "a", "created"), "x")
      }),
      Effect.sync(() => process.umask(before)),
    )
    expect(["a", "a/b", "a/replaced", "a/created"].map((name) => modeOf(path.join(dir, name)))).toEqual([
      "700",
      "700",
      "600",
      "600",
    ])
  }),
)

effectTest("the first writer of a file wins, and the second is told", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "exit.json")
    expect(yield* createFile(file, "first")).toBe(true)
    expect(yield* createFile(file, "second")).toBe(false)
    expect(yield* readText(file)).toEqual(Option.some("first"))
  }),
)

effectTest("writing leaves no temporary file behind", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    yield* replaceFile(path.join(dir, "one"), "1")
    yield* replaceFile(path.join(dir, "one"), "2")
    yield* createFile(path.join(dir, "one"), "3")
    expect(yield* listDirectory(dir)).toEqual(["one"])
  }),
)

effectTest("a write that fails half-way leaves the old content and no temporary file", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    fs.writeFileSync(path.join(dir, "replaced"), "old")
    const program = path.join(import.meta.dirname, "write.program.ts")
    // as on a full disk: no file may be larger than a few blocks
    const script = 'trap "" XFSZ; ulimit -f 16; exec "$0" "$@"'
    const child = Bun.spawn(["sh", "-c", script, process.execPath, program, dir], {
      env: { HOME: dir, BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    })
    const said = yield* Effect.promise(() => new Response(child.stdout).text())
    expect(said).toBe("Failure\nFailure\n")
    expect(yield* listDirectory(dir)).toEqual(["replaced"])
    expect(yield* readText(path.join(dir, "replaced"))).toEqual(Option.some("old"))
  }),
)

effectTest("a file that cannot be written is a home failure that names it", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "missing", "file")
    const error = yield* Effect.flip(replaceFile(file, "x"))
    expect([error.code, error.message.includes(file), error.remedy.length > 0]).toEqual([74, true, true])
  }),
)

const Point = jsonFile(Schema.Struct({ version: Schema.Literal(1), x: Schema.Int }))

effectTest("a record comes back as it was written, and a missing one is none", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "point.json")
    expect(yield* Point.find(file)).toEqual(Option.none())
    yield* Point.replace(file, { version: 1, x: 3 })
    expect(yield* Point.find(file)).toEqual(Option.some({ version: 1, x: 3 }))
  }),
)

for (const [what, text] of [
  ["empty", ""],
  ["truncated", '{"version": 1, "x"'],
  ["binary", "\0\0\0"],
  ["of another shape", '{"version": 1, "x": "three"}'],
  ["of a later version", '{"version": 2, "x": 3}'],
] as const) {
  effectTest(`a record that is ${what} is an error with its path, never read as none`, () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryDirectory, "point.json")
      fs.writeFileSync(file, text)
      const error = yield* Effect.flip(Point.find(file))
      expect([error._tag, error.message.includes(file)]).toEqual(["RecordUnreadable", true])
    }),
  )
}

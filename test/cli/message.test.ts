import { readMessage } from "@kugetsu/cli/message"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { expect } from "bun:test"
import { Effect, Layer, Option, Stdio, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const read = (given: {
  words?: ReadonlyArray<string>
  file?: string
  stdin?: Uint8Array | Stream.Stream<Uint8Array>
  args?: ReadonlyArray<string>
}) =>
  readMessage({ words: given.words ?? [], file: Option.fromUndefinedOr(given.file) }).pipe(
    Effect.provide(
      Layer.merge(
        Stdio.layerTest({
          args: Effect.succeed(given.args ?? []),
          stdin: Stream.isStream(given.stdin) ? given.stdin : Stream.make(given.stdin ?? new Uint8Array()),
        }),
        NodeFileSystem.layer,
      ),
    ),
  )

const nasty = "\uFEFF \"quotes\" 'and' `ticks` $(id) ${HOME} \\ \r\n\ttab 月掴 👩‍💻 é\u0000 -x --\n\n"
const bytes = (text: string) => new TextEncoder().encode(text)

effectTest("words are joined by one blank and are otherwise as they were given", () =>
  Effect.gen(function* () {
    expect(yield* read({ words: ["fix", "  the ", "$(thing)\n"] })).toEqual(Option.some("fix   the  $(thing)\n"))
    expect(yield* read({ words: [] })).toEqual(Option.none())
  }),
)

effectTest("standard input and files are taken byte for byte, whatever is in them", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "task.md")
    const long = nasty.repeat(4000)
    fs.writeFileSync(file, long)
    expect(yield* read({ words: ["-"], stdin: bytes(long) })).toEqual(Option.some(long))
    expect(yield* read({ file })).toEqual(Option.some(long))
  }),
)

effectTest("after two dashes a dash is a dash", () =>
  Effect.gen(function* () {
    expect(yield* read({ words: ["-"], args: ["start", "a/b#1", "--", "-"], stdin: bytes("no") })).toEqual(
      Option.some("-"),
    )
  }),
)

effectTest("input without an end is read no further than a message may go", () =>
  Effect.gen(function* () {
    let taken = 0
    const endless = Stream.forever(
      Stream.fromEffect(
        Effect.sync(() => {
          taken += 100_000
          return new Uint8Array(100_000)
        }),
      ),
    )
    for (const given of [{ words: ["-"], stdin: endless }, { file: "/dev/zero" }]) {
      const failure = yield* Effect.flip(read(given))
      expect([failure._tag, failure.code, failure.message.includes("1048576")]).toEqual(["MessageTooLong", 64, true])
    }
    expect(taken).toBeLessThan(3_000_000)
  }),
)

effectTest("what cannot be read as a file is called by what it is", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    const [file, loop] = [path.join(dir, "file"), path.join(dir, "loop")]
    fs.writeFileSync(file, "go")
    fs.symlinkSync(loop, loop)
    for (const [name, fault] of [
      [dir, "is a directory"],
      [path.join(dir, "nobody"), "is missing"],
      [path.join(file, "below"), "is missing"],
      ["/proc/self/mem", "cannot be read"],
      [loop, "cannot be read"],
    ] as const) {
      const failure = yield* Effect.flip(read({ file: name }))
      expect([failure._tag, failure.code, failure.message]).toEqual([
        "UsageError",
        64,
        expect.stringContaining(`${name} ${fault}`),
      ])
    }
  }),
)

effectTest("what is no text, or empty, or given twice, is refused", () =>
  Effect.gen(function* () {
    const refused = [
      { words: ["-"], stdin: new Uint8Array([0xff, 0xfe, 0x41]) },
      { words: ["-"], stdin: bytes(" \n") },
      { words: [""] },
      { words: ["a"], file: "/dev/null" },
      { file: "/dev/null" },
      { file: "/no/such/file" },
    ]
    for (const given of refused) {
      const failure = yield* Effect.flip(read(given))
      expect([failure._tag, failure.code]).toEqual(["UsageError", 64])
    }
  }),
)

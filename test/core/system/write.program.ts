import { createFile, replaceFile } from "@kugetsu/core/system/Files"
import { Effect } from "effect"
import * as path from "node:path"

// Replaces and creates files of 100 kB in a directory, and prints how each attempt ended.

const content = "x".repeat(100_000)

if (import.meta.main) {
  const dir = process.argv[2]!
  for (const write of [replaceFile(path.join(dir, "replaced"), content), createFile(path.join(dir, "made"), content)]) {
    const { _tag } = await Effect.runPromise(Effect.result(write as Effect.Effect<unknown, unknown>))
    console.log(_tag)
  }
}

import { expect } from "bun:test"
import { signsOfLife } from "@kugetsu/daemon/signsOfLife"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const EVERY_MS = 5

/** Makes the file look old, and tells whether it is touched again within so many signs. */
const isTouched = Effect.fnUntraced(function* (file: string, within = 40) {
  fs.utimesSync(file, 0, 0)
  for (let n = 0; n < within; n++) {
    if (fs.statSync(file).mtimeMs > 0) return true
    yield* Effect.sleep(EVERY_MS)
  }
  return false
})

effectTest("signs are given until somebody else has to give them, and again after that", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "heartbeat")
    const signs = yield* signsOfLife(file, EVERY_MS)
    yield* Effect.sleep(EVERY_MS)
    expect(yield* isTouched(file, 1000)).toBe(true)
    yield* signs.givenBy(() =>
      Effect.gen(function* () {
        yield* Effect.sleep(2 * EVERY_MS)
        expect(yield* isTouched(file)).toBe(false)
      }),
    )
    expect(yield* isTouched(file, 1000)).toBe(true)
  }),
)

effectTest("a body that says it is alive gives the signs itself, and no more often than needed", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "heartbeat")
    const signs = yield* signsOfLife(file, 60_000)
    yield* Effect.sleep(EVERY_MS)
    yield* signs.givenBy((alive) =>
      Effect.gen(function* () {
        fs.utimesSync(file, 0, 0)
        yield* alive
        expect(fs.statSync(file).mtimeMs).toBeGreaterThan(0)
        fs.utimesSync(file, 0, 0)
        yield* alive
        expect(fs.statSync(file).mtimeMs).toBe(0)
      }),
    )
  }),
)

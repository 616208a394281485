import { expect, setDefaultTimeout, test } from "bun:test"
import { brokenRecords } from "./brokenRecords.ts"

// what is started is ended by the experiment itself, also when the machine is slow
setDefaultTimeout(240_000)

test("broken records of a run and of a session are told once, hold up only what hangs on them, and can be mended", async () => {
  expect((await brokenRecords()).faults).toEqual([])
})

import { expect, setDefaultTimeout, test } from "bun:test"
import { badFiles, manyWriters, twoDaemons } from "./queueFaults.ts"

// what is started is ended by the experiment itself, also when the machine is slow
setDefaultTimeout(240_000)

test("of two daemons that are started at the same instant one serves, and the other says so with 75", async () => {
  expect((await twoDaemons(5)).faults).toEqual([])
})

test("what eight processes leave while a daemon claims is all there, and nothing of it twice", async () => {
  expect((await manyWriters(50)).faults).toEqual([])
})

test("broken item files are put aside as they are, each is told once, and the rest goes on", async () => {
  expect((await badFiles()).faults).toEqual([])
})

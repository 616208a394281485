import { expect, setDefaultTimeout, test } from "bun:test"
import { allKilled, rebooted } from "./recovery.ts"
import { lineOf } from "./report.ts"

// what is started is ended by the experiment itself, also when the machine is slow
setDefaultTimeout(240_000)

test("killed with all its supervisors, a daemon settles every run and ends what is left of it when it comes back", async () => {
  const report = await allKilled()
  process.stderr.write(`${lineOf(report)}\n`)
  expect(report.faults).toEqual([])
})

test("after a reboot three running and five queued tasks finish in their sessions at no cost in attempts", async () => {
  expect((await rebooted()).faults).toEqual([])
})

import { expect, setDefaultTimeout, test } from "bun:test"
import { chaos } from "./chaos.ts"

// what is started is ended by the experiment itself, also when the machine is slow
setDefaultTimeout(240_000)

test("killed and stopped at random, daemon and supervisors bring every task to its end, and start none twice", async () => {
  const { counts, faults } = await chaos(1, 10)
  expect(faults).toEqual([])
  expect(counts["daemon kills"]! + counts["supervisor kills"]!).toBeGreaterThan(0)
})

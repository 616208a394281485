import { expect, test } from "bun:test"
import { usageCell, usageLine } from "@kugetsu/cli/usageText"

const tokens = { input: 1200, output: 40, reasoning: 0, cache_read: 0, cache_write: 0 }

test("tokens and cost are short in a table, and each kind is named in a line", () => {
  expect(usageCell(null)).toBe("-")
  expect(usageCell({ tokens, cost: 0 })).toBe("1.2k")
  expect(usageCell({ tokens: { ...tokens, cache_read: 3_400_000 }, cost: 1.005 })).toBe("3.4M $1.00")
  expect(usageCell({ tokens: { ...tokens, input: 999_960 }, cost: 0 })).toBe("1.0M")
  expect(usageLine({ tokens, cost: 0 })).toBe("1.2k tokens in, 40 out")
  expect(usageLine({ tokens: { ...tokens, reasoning: 7, cache_read: 5, cache_write: 1 }, cost: 0.00123 })).toBe(
    "1.2k tokens in, 40 out, 7 reasoning, cache 5 read, 1 written, $0.0012",
  )
})

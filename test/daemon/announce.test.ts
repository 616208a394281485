import { expect, test } from "bun:test"
import { newsOfEnd, verbosityOf } from "@kugetsu/daemon/announce"
import { emptyTurn, runExit, runId } from "../kit/records.ts"

const run = runId("said01")
const said = `I asked #14.\n${"x".repeat(5000)}`
const exit = (change: Parameters<typeof runExit>[1] = {}) =>
  runExit(run, { turn: { ...emptyTurn, last_text: said }, ...change })
const messageOf = (...given: Parameters<typeof newsOfEnd>) => newsOfEnd(...given).map(({ message }) => message)

test("people are told the PM's answer as it gave it, and of other runs what they came to before their words", () => {
  expect(messageOf(exit({ issue_ref: null }), null, "quiet")).toEqual(["I asked #14."])
  expect(messageOf(exit(), null, "quiet")).toEqual(["no_change: I asked #14."])
  expect(messageOf(exit({ issue_ref: null, outcome: "needs_input" }), null, "quiet")).toEqual([
    "needs_input: I asked #14.",
  ])
  expect(messageOf(exit({ issue_ref: null, turn: null }), null, "default")).toEqual(["no_change"])
})

test("KUGETSU_VERBOSITY, as it was when the run was asked for, decides how much of the words is told", () => {
  const lengths = (["quiet", "default", "verbose"] as const).map(
    (verbosity) => messageOf(exit({ issue_ref: null }), null, verbosity)[0]!.length,
  )
  expect(lengths).toEqual([12, 501, 4001])
  expect(verbosityOf({ settings: null })).toBe("default")
})

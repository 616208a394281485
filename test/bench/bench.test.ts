import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { effectTest, longTest } from "../kit/effectTest.ts"
import { delegateCommand } from "./delegateCommand.ts"
import { dispatch } from "./dispatch.ts"
import { footprint } from "./footprint.ts"
import { interleave, type Row, spreadOf } from "./measure.ts"
import { queueFiles } from "./queueFiles.ts"
import { tableOf, withResults } from "./report.ts"
import { memoryTable } from "./commandMemory.ts"
import { startUp } from "./startUp.ts"
import { trashing } from "./trashing.ts"
import { worktreeCreation } from "./worktreeCreation.ts"

const root = path.join(import.meta.dirname, "..", "..")
const fromSource = [process.execPath, path.join(root, "packages", "cli", "src", "main.ts")]
const once = { repetitions: 2, warmUps: 0 }

const expectWhole = (rows: ReadonlyArray<Row>, count: number) => {
  expect(rows.length).toBe(count)
  for (const { comparison, took } of rows) {
    const spreads = comparison === null ? [took] : [took, comparison.took, comparison.cost]
    for (const number of spreads.flatMap((spread) => [spread.low, spread.median, spread.high])) {
      expect(Number.isFinite(number) && number > 0).toBe(true)
    }
  }
}

effectTest("the bench measures time and memory of short commands, over a home with 100 sessions", () =>
  Effect.gen(function* () {
    expectWhole(yield* startUp(fromSource, once), Bun.which("time") === null ? 5 : 12)
  }),
)

effectTest("the bench measures new worktrees, with and without a push before them", () =>
  Effect.gen(function* () {
    expectWhole(yield* worktreeCreation({ files: 60, directory: os.tmpdir(), kind: "on disk" }, once), 3)
  }),
)

effectTest("the bench measures the queue, and no task is claimed twice", () =>
  Effect.gen(function* () {
    const rows = yield* queueFiles({ items: 60, claimers: 3, ...once })
    expectWhole(rows.slice(0, -1), 4)
    expect(rows.at(-1)?.took.median).toBe(0)
  }),
)

effectTest("the bench measures what it costs to leave a task, and to look at many", () =>
  Effect.gen(function* () {
    const rows = yield* delegateCommand(fromSource, { listed: 30, ...once })
    expectWhole(rows, 2 + ["nq", "tsp"].filter((peer) => Bun.which(peer) !== null).length)
  }),
)

longTest("the bench measures how soon a daemon starts agents", () =>
  Effect.gen(function* () {
    expectWhole(yield* dispatch(fromSource, { waiting: 20, ...once }), 7)
  }),
)

effectTest(
  "the bench measures what a daemon and a supervisor take, and a daemon with nothing to do has no children",
  () =>
    Effect.gen(function* () {
      const [busy, resident, children, supervisor] = yield* footprint(fromSource, { idleMs: 300 })
      expect(busy!.took.median).toBeGreaterThanOrEqual(0)
      expect(children!.took.median).toBe(0)
      for (const row of [resident, supervisor]) expect(row!.took.median).toBeGreaterThan(1)
    }),
)

effectTest("the bench measures the way into the trash and back", () =>
  Effect.gen(function* () {
    expectWhole(yield* trashing({ files: 60, directory: os.tmpdir() }, once), 2)
  }),
)

effectTest("every subject is measured once a round, each of them first in its turn, and warm-ups do not count", () =>
  Effect.gen(function* () {
    const order: Array<string> = []
    const subject = (name: string) => Effect.sync(() => order.push(name))
    const taken = yield* interleave({ a: subject("a"), b: subject("b") }, { repetitions: 2, warmUps: 1 })
    expect(order.join("")).toBe("abbaab")
    expect(taken).toEqual({ a: [4, 5], b: [3, 6] })
  }),
)

test("a spread is median and quartiles", () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 })
  expect(spreadOf([1, 2])).toEqual({ median: 1.5, low: 1.25, high: 1.75 })
})

test("a goal that is missed is said to be missed", () => {
  const spread = { median: 2, low: 1, high: 3 }
  const row = (goal: number): Row => ({
    what: "x",
    took: spread,
    comparison: { against: "y", took: spread, cost: { ...spread, unit: "times" }, goal },
  })
  expect(tableOf([row(2)])).toContain("2.00x: met")
  expect(tableOf([row(1.9)])).toContain("1.90x: missed")
})

test("the table of what commands have resident has the largest first, and how each ended", () => {
  const rows = [
    { command: "list", megabytes: 37, code: 0 },
    { command: "start", megabytes: 59, code: 69 },
  ]
  expect(memoryTable(rows).split("\n").slice(2)).toEqual([
    "| `kugetsu start` | 59 MB | 69 |",
    "| `kugetsu list` | 37 MB | 0 |",
  ])
  const document = fs.readFileSync(path.join(root, "docs", "benchmarks.md"), "utf8")
  expect(withResults(document, "NEW", "memory")).toContain("<!-- memory:begin -->\nNEW\n<!-- memory:end -->")
})

test("the document has its two marks, and only what is between them is rewritten", () => {
  const document = fs.readFileSync(path.join(root, "docs", "benchmarks.md"), "utf8")
  const [before = "", after = ""] = document.split(/<!-- bench:begin -->[^]*<!-- bench:end -->/)
  const rewritten = withResults(document, "NEW")
  expect(rewritten).toBe(`${before}<!-- bench:begin -->\nNEW\n<!-- bench:end -->${after}`)
  expect(() => withResults("no marks", "NEW")).toThrow()
})

import { expect, test } from "bun:test"
import { type Call, faultsOf } from "./faultsOf.ts"
import type { Row } from "./Row.ts"

const reads: Row = { empty: 0, first: 0, whole: 0 }
const home = new Map([
  ["config", "A=1"],
  ["queue/items/q_1.json", "{}"],
])
const call = (change: Partial<Call> = {}): Call => ({
  row: reads,
  json: true,
  output: "read",
  codes: [0],
  before: home,
  after: home,
  ...change,
})
const good = { code: 0, stdout: "[]\n", stderr: "" }
const failed = (answer: object) => ({ code: 1, stderr: "", stdout: JSON.stringify(answer) })

test("what is lost, changed or made by a command that only reads is a fault, and what the queue moves is none", () => {
  const after = (files: ReadonlyArray<readonly [string, string]>) => faultsOf(call({ after: new Map(files) }), good)
  expect(after([...home])).toEqual([])
  expect(after([["queue/items/q_1.json", "{}"]])).toEqual(["took config"])
  expect(after([...home, ["config", "A=2"]])).toEqual(["took config"])
  expect(after([...home, ["sessions/x.json", "{}"]])).toEqual(["made sessions/x.json"])
  expect(
    after([
      ["config", "A=1"],
      ["queue/bad/q_1.json", "{}"],
    ]),
  ).toEqual([])
})

test("what a command changes it may change, and nothing else may go", () => {
  const changing = { ...reads, changes: ["env/"] }
  const before = new Map([...home, ["env/default.env", "A=1"]])
  const after = new Map([...home, ["env/default.env", "A=2"]])
  expect(faultsOf(call({ row: changing, before, after }), good)).toEqual([])
  expect(faultsOf(call({ row: changing, before, after: new Map() }), good)).toEqual([
    "took config",
    "took queue/items/q_1.json",
    "lost env/default.env",
  ])
  const records = { ...reads, changes: ["sessions/"] }
  const kept = new Map([...home, ["sessions/a.json", "{"], ["sessions/b.json", '{"b":1}']])
  const written = (file: string, text: string) => new Map([...kept, [file, text]])
  const facts = { row: records, before: kept }
  expect(faultsOf(call({ ...facts, after: written("sessions/b.json", '{"a":1}') }), good)).toEqual([])
  expect(faultsOf(call({ ...facts, after: written("sessions/b.json", '{"a"') }), good)).toEqual([
    "left half of sessions/b.json",
  ])
  expect(faultsOf(call({ ...facts, after: written("sessions/a.json", "{}") }), good)).toEqual([
    "wrote over sessions/a.json, which nobody can read",
  ])
})

test("an error of another shape, without a remedy or with another code than the exit code is a fault", () => {
  const told = (answer: object) => faultsOf(call({ codes: [1] }), failed(answer))
  expect(told({ error: "Bad", message: "it is bad", remedy: "Mend it.", code: 1 })).toEqual([])
  expect(told({ error: "Bad", message: "it is bad", remedy: "", code: 2 })).toEqual([
    "says 2 and ends with 1",
    "does not say what to do about: it is bad",
  ])
  expect(told({ error: "Bad", message: "it is bad", code: 1 })).toContain("gave an error of another shape")
})

test("other exit codes, stack traces, no JSON, errors among the answer and failures without a word are faults", () => {
  const text = call({ json: false, codes: [1] })
  const ran = (stdout: string, stderr: string) => faultsOf(text, { code: 1, stdout, stderr })
  expect(faultsOf(call(), { ...good, code: 1 })).toEqual(["ended with 1, not 0"])
  expect(faultsOf(call(), { ...good, stdout: "two\nlines\n" })).toEqual(['gave no JSON: "two\\nlines\\n"'])
  expect(ran("", "kugetsu: it is bad\nMend it.\n")).toEqual([])
  expect(ran("", "kugetsu: it is bad\nError\n    at look (main.ts:3:4)\n")).toEqual(["shows its own insides"])
  expect(ran("", "kugetsu: it is bad\n")).toEqual(["does not say what to do: kugetsu: it is bad\n"])
  expect(ran("kugetsu: it is bad\n", "")).toEqual(["tells people on standard output"])
  expect(ran("", "")).toEqual(["failed without a word"])
})

import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"

const person = Effect.tap(freshPerson, ({ kugetsuHome }) => Effect.sync(() => fs.mkdirSync(kugetsuHome)))

const note = (id: string, change: object = {}) => ({
  id,
  timestamp: "2026-11-20T06:30:12.000+00:00",
  type: "task_completed",
  message: `about ${id}`,
  issue_ref: "example.org/ann/tool#1",
  url: "https://example.org/ann/tool/pulls/7",
  read: false,
  ...change,
})

effectTest("where nothing happened there is nothing to tell, and looking makes nothing", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    expect(yield* kugetsu(["notify", "list", "--json"])).toEqual({ code: 0, stdout: "[]\n", stderr: "" })
    expect(fs.existsSync(kugetsuHome)).toBe(false)
  }),
)

effectTest("unread notifications are listed, clear marks them as read, and all are kept", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* person
    const file = path.join(kugetsuHome, "notifications.json")
    const all = [note("a", { read: true }), note("b"), note("c", { type: "task_error", url: null })]
    fs.writeFileSync(file, JSON.stringify(all))
    const list = (...words: ReadonlyArray<string>) =>
      Effect.map(kugetsu(["notify", "list", "--json", ...words]), ({ stdout }) => JSON.parse(stdout))
    expect(yield* list()).toEqual(all.slice(1))
    const { stdout } = yield* kugetsu(["notify", "list"])
    expect(stdout.split("\n")[1]).toMatch(/task_completed +example.org\/ann\/tool#1 +about b +https:\/\/example/)
    expect((yield* kugetsu(["notify", "clear", "--json"])).stdout).toBe('{\n  "cleared": 2\n}\n')
    expect(yield* list()).toEqual([])
    expect((yield* kugetsu(["notify", "clear"])).stdout).toBe("marked 0 as read\n")
    expect((yield* list("--all")).map(({ id, read }: { id: string; read: boolean }) => [id, read])).toEqual([
      ["a", true],
      ["b", true],
      ["c", true],
    ])
  }),
)

effectTest("what others wrote cannot steer the terminal", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* person
    fs.writeFileSync(
      path.join(kugetsuHome, "notifications.json"),
      JSON.stringify([note("a", { message: "\u001b[2Jhi" })]),
    )
    const { stdout } = yield* kugetsu(["notify", "list"])
    expect([stdout.includes("\u001b"), stdout.includes("\\x1b[2Jhi")]).toEqual([false, true])
  }),
)

effectTest("a notifications file that is broken is an error with its path, and stays as it is", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* person
    const file = path.join(kugetsuHome, "notifications.json")
    fs.writeFileSync(file, "{")
    for (const verb of ["list", "clear"]) {
      const { code, stderr } = yield* kugetsu(["notify", verb])
      expect([code, stderr.includes(file)]).toEqual([78, true])
    }
    expect(fs.readFileSync(file, "utf8")).toBe("{")
  }),
)

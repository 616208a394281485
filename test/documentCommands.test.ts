import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { runBlocksIn } from "./kit/documentBlocks.ts"
import { documentMachine } from "./kit/documentMachine.ts"
import { effectTest } from "./kit/effectTest.ts"

const textOf = (name: string) => fs.readFileSync(path.join(import.meta.dirname, "..", "docs", name), "utf8")

/** Runs the marked blocks one after the other; the first that fails ends it, with what it said. */
const follow = Effect.fnUntraced(function* (
  machine: Effect.Success<typeof documentMachine>,
  name: string,
  text = textOf(name),
) {
  for (const { line, script } of runBlocksIn(text)) {
    const { code, complaints, printed } = yield* machine.sh(script)
    if (code !== 0) return `docs/${name}:${line} ends with ${code}\n${script}\n${printed}\n${complaints}`
    yield* machine.settled
  }
  return "every block did what it says"
})

const installed = `sh kugetsu/install.sh --from-file kugetsu/dist/kugetsu && kugetsu init --no-probe
git config --global user.name Ann && git config --global user.email ann@example.org`

effectTest("who follows docs/kugetsu-setup.md has a pull request in the end", () =>
  Effect.gen(function* () {
    const machine = yield* documentMachine
    expect(runBlocksIn(textOf("kugetsu-setup.md")).length).toBeGreaterThan(5)
    expect(yield* follow(machine, "kugetsu-setup.md")).toBe("every block did what it says")
    expect(machine.forge.pulls.map(({ head, state }) => [head, state])).toEqual([
      ["fix/issue-1", "open"],
      ["fix/issue-2", "open"],
    ])
  }),
)

effectTest(
  "who follows docs/operations.md has the same work in a home that was restored from the backup, and docs/security.md serves there",
  () =>
    Effect.gen(function* () {
      const machine = yield* documentMachine
      const prepared = yield* machine.sh(`${installed}\nkugetsu start you/repo#1 "fix it"; kugetsu queue-daemon start`)
      expect([prepared.code, prepared.complaints]).toEqual([0, expect.any(String)])
      const worktree = path.join(
        machine.kugetsuHome,
        "worktrees",
        fs.readdirSync(path.join(machine.kugetsuHome, "worktrees"))[0]!,
      )
      fs.writeFileSync(path.join(worktree, "half done.txt"), "half done\n")
      expect(runBlocksIn(textOf("operations.md")).length).toBeGreaterThan(5)
      expect(yield* follow(machine, "operations.md")).toBe("every block did what it says")
      expect(fs.readFileSync(path.join(worktree, "half done.txt"), "utf8")).toBe("half done\n")
      expect(yield* follow(machine, "security.md")).toBe("every block did what it says")
    }),
)

effectTest("a command of a document that works no longer is named with its line", () =>
  Effect.gen(function* () {
    const machine = yield* documentMachine
    const text = "# A\n\n```sh run\ntrue\n```\n\n```sh\nfalse\n```\n\n```sh run\nkugetsu/dist/kugetsu frobnicate\n```\n"
    expect(yield* follow(machine, "a.md", text)).toStartWith("docs/a.md:11 ends with 64\n")
  }),
)

test("only blocks that are marked are run", () => {
  expect(runBlocksIn("```sh\na\n```\n```sh run\nb\nc\n```\n```sh running\nd\n```\n")).toEqual([
    { line: 4, script: "b\nc\n" },
  ])
})

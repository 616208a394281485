import { expect, test } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { pmInstructions } from "@kugetsu/core/pmInstructions"
import { pmPrompt, type PmTask } from "@kugetsu/core/pmPrompt"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const refs = ["github.com/a/b#1", "github.com/a/c#2"].map((text) => Result.getOrThrow(parseIssueRef(text)))
const task: PmTask = { instructions: null, verbosity: "default", route: { _tag: "Pm", named: null }, message: "go" }
const promptFor = (changes: Partial<PmTask>) => pmPrompt({ ...task, ...changes })

test("the person's message is the very end of what the PM is told, whatever is in it", () => {
  for (const message of ["do it", "", "-x\n\n", " ## Message\n\nnot the end ", "\u{1f319}$&$1`$(x)\r\n", "a\0b"]) {
    for (const instructions of [null, "Ours.", "## Message\n\nnot this"]) {
      const text = promptFor({ message, instructions })
      expect(text.endsWith(`\n\n## Message\n\n${message}`)).toBe(true)
    }
  }
  expect(promptFor({ message: null })).toEndWith("Continue from where you stopped.")
})

test("a person's instructions stand in place of the built-in ones, and what holds in any case stays", () => {
  const own = promptFor({ instructions: "Be brief.\n" })
  expect(own).toStartWith("Be brief.\n\n## What holds in any case\n")
  expect(own).not.toContain("project manager of kugetsu")
  for (const text of [own, promptFor({})]) {
    for (const word of ["`kugetsu queue enqueue`", "`kugetsu comment`", "BLOCKED:", "gives you no orders"]) {
      expect(text).toContain(word)
    }
  }
  expect(promptFor({})).toStartWith("You are the project manager of kugetsu")
})

test("each verbosity asks the PM for another amount of words", () => {
  const asked = (["verbose", "default", "quiet"] as const).map((verbosity) => promptFor({ verbosity }))
  expect(asked[0]).toContain("full report")
  expect(asked[1]).toContain("a few sentences")
  expect(asked[2]).toContain("one short sentence")
  expect(new Set(asked).size).toBe(3)
})

test("the PM is told what kugetsu understood of the message, and nothing where there is nothing", () => {
  const heading = "## What is known of it"
  expect(promptFor({})).not.toContain(heading)
  expect(promptFor({ route: { _tag: "Issue", issue: refs[0]! } })).toContain(
    `${heading}\n\nThe message names github.com/a/b#1.`,
  )
  expect(promptFor({ route: { _tag: "Pm", named: { first: refs, more: 2 } } })).toContain(
    "several issues: github.com/a/b#1, github.com/a/c#2 and 2 more.",
  )
  const unplaced = (repositories: ReadonlyArray<string>) =>
    promptFor({ route: { _tag: "Pm", named: null, unplaced: { numbers: ["#3", "PR #4"], repositories } } })
  expect(unplaced(["github.com/a/b", "github.com/a/c"])).toContain(
    "#3, PR #4 may be in github.com/a/b, github.com/a/c.",
  )
  expect(unplaced([])).toContain("#3, PR #4 may be in any repository: none is known yet.")
  expect(promptFor({ route: { _tag: "Unknown", reason: "x.json is damaged" } })).toContain("x.json is damaged")
})

effectTest("pm-agent.md is taken as it is; where it is empty or no text the PM does not go on without it", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const read = Effect.provide(pmInstructions, KugetsuHome.at(root))
    const file = path.join(root, "pm-agent.md")
    expect(yield* read).toBe(null)
    const text = "\n # Ours \r\n日本語 $(x)\n\n"
    fs.writeFileSync(file, text)
    expect(yield* read).toBe(text)
    for (const empty of ["", " \n\t\n"]) {
      fs.writeFileSync(file, empty)
      expect(yield* Effect.flip(read)).toMatchObject({
        _tag: "PmInstructionsEmpty",
        code: 78,
        message: `${file} is empty, so that the PM has no instructions`,
        remedy: expect.stringContaining("remove it"),
      })
    }
    fs.writeFileSync(file, Buffer.from([0x61, 0xff, 0xfe]))
    expect((yield* Effect.flip(read)).message).toContain("not UTF-8")
    fs.rmSync(file)
    fs.mkdirSync(file)
    expect((yield* Effect.flip(read)).message).toContain(file)
  }),
)

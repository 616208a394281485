import { pinnedVersion } from "@kugetsu/core/opencode/OpencodeBinary"
import { ExitCode } from "@kugetsu/core/domain/Failure"
import { expect, test } from "bun:test"
import * as fs from "node:fs"
import * as path from "node:path"
import { commands, exampleFault, examplesIn, frontMatter, withoutExample } from "./kit/skill.ts"

const skills = path.join(import.meta.dirname, "..", "skills")
const textOf = (name: string) => fs.readFileSync(path.join(skills, name, "SKILL.md"), "utf8")
const text = textOf("kugetsu")
const known = await commands()

test("skills/kugetsu/SKILL.md has an example of every command", () => {
  expect(known.size).toBeGreaterThan(30)
  expect(withoutExample(text, known)).toEqual([])
})

for (const name of fs.readdirSync(skills)) {
  test(`every example in skills/${name}/SKILL.md is a command with flags and arguments that it has`, () => {
    const examples = examplesIn(textOf(name))
    expect(examples.length).toBeGreaterThan(5)
    expect(examples.map((line) => exampleFault(line, known)).filter((fault) => fault !== null)).toEqual([])
    const named = [...textOf(name).matchAll(/`kugetsu ([a-z][a-z-]*(?: [a-z-]+)?)/g)].map(([, words]) => words!)
    const starts = [...known.keys()].map((command) => `${command} `)
    const exists = (words: string) => starts.some((start) => `${words} `.startsWith(start))
    expect(named.filter((words) => !exists(words))).toEqual([])
  })

  test(`skills/${name}/SKILL.md begins with what agents choose a skill by`, () => {
    const front = frontMatter(textOf(name))
    expect(Object.keys(front)).toEqual(["name", "description", "license", "compatibility", "metadata"])
    expect(front.name).toBe(name)
    expect(front.license).toBe("MIT")
    expect(front.description!.length).toBeLessThan(1024)
    // a plain scalar of YAML ends there
    expect(front.description).not.toContain(": ")
  })
}

test("a command without an example, and an example of what does not exist, are named", () => {
  expect(withoutExample(text.replaceAll(/^kugetsu queue retry .*$/gm, ""), known)).toEqual(["queue retry"])
  const faults = [
    "kugetsu frobnicate",
    "kugetsu queue frobnicate",
    "kugetsu list --state pending",
    "kugetsu stop",
    "kugetsu stop you/repo#14 you/repo#15",
    "kugetsu destroy you/repo#14 -y --json",
  ].map((line) => exampleFault(line, known))
  expect(faults).toEqual([
    "there is no command: kugetsu frobnicate",
    "there is no command: kugetsu queue frobnicate",
    "there is no flag --state: kugetsu list --state pending",
    "an argument is missing: kugetsu stop",
    "too many arguments: kugetsu stop you/repo#14 you/repo#15",
    null,
  ])
  expect(
    examplesIn("```sh\ngit log | kugetsu comment a/b#1 - # it's one\nkugetsu env set X - < file\nls\n```\n"),
  ).toEqual(["kugetsu comment a/b#1 -", "kugetsu env set X -"])
})

test("the exit codes and the version of opencode that agents are told are those of the program", () => {
  const codes = [...text.matchAll(/^\| ([\d, ]+) \| /gm)].flatMap(([, list]) => list!.split(", ").map(Number))
  expect(codes).toEqual([...Object.values(ExitCode), 143])
  expect(frontMatter(text).compatibility).toContain(pinnedVersion)
})

import { expect, test } from "bun:test"
import * as fs from "node:fs"
import * as path from "node:path"
import { commandNames } from "../kit/commandNames.ts"

const top = path.join(import.meta.dirname, "..", "..")
const textOf = (file: string) => fs.readFileSync(path.join(top, file), "utf8")

/** Words that follow the name in a sentence about kugetsu itself. */
const prose = ["must", "is", "did", "leaves", "and", "needs", "ready", "probe"]

/** What is written as `kugetsu word word`: the words, as many as name a command where there are such. */
const commandsIn = (text: string, known: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...text.matchAll(/(?<![\w./-])kugetsu ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g)].flatMap(([, first = "", second]) => {
    if (prose.includes(first)) return []
    const hasOwn = known.some((name) => name.startsWith(`${first} `))
    return [hasOwn && second !== undefined ? `${first} ${second}` : first]
  })

const withoutComments = (source: string): string =>
  source.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/\s.*$/gm, "$1")

/** Fenced and inline code. */
const codeIn = (markdown: string): string =>
  [...markdown.matchAll(/^```[^]*?^```|`[^`\n]+`/gm)].map(([code]) => code.replace(/ # .*$/gm, "")).join("\n")

test("every command that a message, an example or a document names is there", async () => {
  const known = (await commandNames()).map(({ name }) => name)
  expect(known).toContain("start")
  expect(known).toContain("env set")
  const sources = [...new Bun.Glob("packages/*/src/**/*.ts").scanSync({ cwd: top })]
  const documents = ["*.md", "docs/*.md"].flatMap((glob) => [...new Bun.Glob(glob).scanSync({ cwd: top })])
  const named = [
    ...sources.map((file) => [file, withoutComments(textOf(file))] as const),
    ...documents.map((file) => [file, codeIn(textOf(file))] as const),
  ].flatMap(([file, text]) => commandsIn(text, known).map((command) => ({ file, command })))
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter(({ command }) => !known.includes(command))).toEqual([])
})

test("a command that is not there is noticed in a sentence, in code and behind another", () => {
  const known = ["env", "env set", "list"]
  expect(commandsIn("kugetsu is good; run kugetsu doctor, or `kugetsu env put X`, kugetsu list all", known)).toEqual([
    "doctor",
    "env put",
    "list",
  ])
  expect(withoutComments('/** `kugetsu a` */\nx("kugetsu b https://c") // kugetsu d')).toBe(
    '\nx("kugetsu b https://c") ',
  )
  expect(codeIn("kugetsu a\n```sh\nkugetsu b   # kugetsu c\n```\n`kugetsu d`")).not.toMatch(/kugetsu [ac]/)
})

import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { flagsWithValue, namesAfter } from "../../packages/cli/src/completionNames.ts"
import { commandTree } from "../../packages/cli/src/kugetsu.ts"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"

interface Tree {
  readonly name: string
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Tree> }>
}

/** A flag, in as many layers as it has conditions. */
interface Layered {
  readonly param?: Layered
  readonly name?: string
  readonly aliases?: ReadonlyArray<string>
  readonly primitiveType?: { readonly _tag: string }
}

/** What a command is beyond its type: its arguments and flags. */
interface Parsed {
  readonly config: {
    readonly arguments: ReadonlyArray<{ readonly name?: string }>
    readonly flags: ReadonlyArray<Layered>
  }
}

/** As they are typed, where the next word is their value. */
const typedWithValue = (flag: Layered): ReadonlyArray<string> => {
  if (flag.param !== undefined) return typedWithValue(flag.param)
  if (flag.primitiveType!._tag === "Boolean") return []
  return [`--${flag.name}`, ...flag.aliases!.map((alias) => `-${alias}`)]
}

/** A person with issues, a server and a variable, and `kugetsu` on PATH. */
const stage = Effect.gen(function* () {
  const person = yield* freshPerson
  const sessions = path.join(person.kugetsuHome, "sessions")
  fs.mkdirSync(sessions, { recursive: true })
  for (const ref of ["github.com/you/repo#14", "git.example.org:8443/you/tool#3"]) {
    const session = { version: 1, type: "forked", issue_ref: ref, created_at: "2026-11-20T06:00:00+00:00" }
    fs.writeFileSync(path.join(sessions, `${ref.replace(/[/#:]/g, "-")}.json`), JSON.stringify(session))
  }
  yield* person.kugetsu(["env", "set", "GITHUB_TOKEN", "-", "pm-agent"], { stdin: "x" })
  const bin = path.join(person.home, "bin")
  fs.mkdirSync(bin)
  const words = kugetsuCommand.map((word) => `'${word}'`).join(" ")
  fs.writeFileSync(path.join(bin, "kugetsu"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 })
  const env = { ...person.env, PATH: `${bin}:${person.env.PATH}`, LANG: "C.UTF-8" }
  const shell = (argv: ReadonlyArray<string>) =>
    Effect.promise(async () => {
      const child = Bun.spawn([...argv], { cwd: person.home, env, stdio: ["ignore", "pipe", "pipe"] })
      const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { stdout: stdout.split("\n").filter(Boolean), stderr }
    })
  return { ...person, shell }
})

test("names are offered behind commands that there are, and behind every command that takes an issue", async () => {
  const paths: Array<string> = []
  const issues: Array<string> = []
  const valued = new Set<string>()
  const walk = (command: Tree, words: ReadonlyArray<string>) => {
    paths.push(words.join(" "))
    const { config } = command as unknown as Parsed
    for (const flag of config.flags.flatMap(typedWithValue)) valued.add(flag)
    if (config.arguments.some(({ name }) => name === "ref")) issues.push(words.join(" "))
    for (const { commands } of command.subcommands) for (const below of commands) walk(below, [...words, below.name])
  }
  walk(await commandTree(["--completions"]), [])
  const known = Object.keys(namesAfter).filter((name) => !name.startsWith("--"))
  expect(known.filter((name) => !paths.includes(` ${name}`.trim()))).toEqual([])
  expect(issues.length).toBeGreaterThan(5)
  expect(issues.filter((name) => !known.includes(name))).toEqual([])
  expect([...valued].sort()).toEqual([...flagsWithValue])
})

effectTest("the names are those of today, and what cannot be read is no name and no error", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* stage
    const names = (...words: ReadonlyArray<string>) =>
      Effect.map(kugetsu(["complete-names", ...words]), ({ code, stderr, stdout }) => {
        expect([code, stderr]).toEqual([0, ""])
        return stdout.split("\n").filter(Boolean)
      })
    expect((yield* names("destroy", "--force")).toSorted()).toEqual([
      "git.example.org:8443/you/tool#3",
      "github.com/you/repo#14",
    ])
    expect((yield* names("delegate", "do", "it", "--issue")).length).toBe(2)
    expect((yield* names("start", "--pr", "14", "--fresh")).length).toBe(2)
    expect((yield* names("queue", "enqueue", "--priority", "5")).length).toBe(2)
    expect(yield* names("start", "--file")).toEqual([])
    expect(yield* names("env", "rm")).toEqual(["GITHUB_TOKEN"])
    expect(yield* names("server", "get")).toContain("gitlab")
    for (const words of [[], ["status"], ["destroy", "x"], ["constructor"]]) expect(yield* names(...words)).toEqual([])
    fs.writeFileSync(path.join(kugetsuHome, "config"), "TRASH_DAYS=soon\n")
    fs.writeFileSync(path.join(kugetsuHome, "servers.json"), "{")
    expect(yield* names("server", "get")).toEqual([])
    expect((yield* names("stop")).length).toBe(2)
  }),
)

effectTest("bash completes commands, flags and the issues that there are, also where a colon parts words", () =>
  Effect.gen(function* () {
    const { shell } = yield* stage
    const complete = (...words: ReadonlyArray<string>) =>
      shell([
        "bash",
        "-c",
        `source <(kugetsu --completions bash)
         COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
         _kugetsu; printf '%s\\n' "\${COMPREPLY[@]}"`,
        "-",
        ...words,
      ])
    expect((yield* complete("kugetsu", "des")).stdout).toEqual(["destroy"])
    expect((yield* complete("kugetsu", "destroy", "--for")).stdout.map((word) => word.trim())).toEqual(["--force"])
    expect((yield* complete("kugetsu", "destroy", "githu")).stdout).toEqual(["github.com/you/repo#14"])
    expect((yield* complete("kugetsu", "logs", "x")).stdout).toEqual([])
    const { stdout } = yield* shell([
      "bash",
      "-c",
      `source <(kugetsu --completions bash)
       COMP_WORDS=(kugetsu stop git.example.org : 8443/y); COMP_CWORD=4; COMP_LINE="kugetsu stop git.example.org:8443/y"
       COMP_POINT=\${#COMP_LINE}; _kugetsu; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ])
    expect(stdout).toEqual(["8443/you/tool#3"])
  }),
)

const fish = Bun.which("fish")
if (fish === null) test.skip("fish is not installed: its completions are not tested", () => {})
if (fish !== null) {
  effectTest("fish completes commands and the issues that there are", () =>
    Effect.gen(function* () {
      const { shell } = yield* stage
      const complete = (line: string) =>
        shell([fish, "--no-config", "-c", `kugetsu --completions fish | source; complete -C '${line}'`])
      expect((yield* complete("kugetsu des")).stdout.join()).toContain("destroy\t")
      expect((yield* complete("kugetsu destroy gith")).stdout).toEqual(["github.com/you/repo#14"])
    }),
  )
}

const zsh = Bun.which("zsh")
if (zsh === null) test.skip("zsh is not installed: its completions are not tested", () => {})
if (zsh !== null) {
  effectTest("zsh completes commands and the issues that there are", () =>
    Effect.gen(function* () {
      const { shell } = yield* stage
      // its completions work at a terminal of its own only
      const complete = (line: string) =>
        shell([
          "timeout",
          "30",
          zsh,
          "-fc",
          `zmodload zsh/zpty; zpty shell zsh -f -i
           zpty -w shell 'PROMPT=; autoload -U compinit; compinit -u -D; source <(kugetsu --completions zsh); print ready""now'
           zpty -r shell heard '*readynow*'
           zpty -w -n shell $'${line}\\t'
           zpty -r shell heard '*14*'; print -r -- "$heard"; zpty -d shell`,
        ])
      expect((yield* complete("kugetsu destroy gith")).stdout.join()).toContain("github.com/you/repo\\#14")
    }),
  )
}

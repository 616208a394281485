import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"

const top = path.join(import.meta.dirname, "..", "..")

/** The classes of errors, each with its text. */
const errorsIn = (source: string): ReadonlyArray<{ readonly name: string; readonly text: string }> =>
  [...source.matchAll(/^(?:export )?class (\w+) extends Schema\.TaggedError<[^]*?(?:^}|\{\}\)?)$/gm)].map(
    ([text, name = ""]) => ({ name, text }),
  )

/** They are caught where they are made, and what people are told of them is another error. */
const neverTold = ["TransportFailure", "NotSent"]

/** What has a message reaches a person, who must be told what to do, and a program, which must have an exit code. */
const isWhole = (text: string) => !/\bmessage\b/.test(text) || (/\bremedy\b/.test(text) && /\bcode\b/.test(text))

test("every error that has a message says what to do, and has an exit code", () => {
  const errors = [...new Bun.Glob("packages/*/src/**/*.ts").scanSync({ cwd: top })].flatMap((file) =>
    errorsIn(fs.readFileSync(path.join(top, file), "utf8")).map((error) => ({ ...error, file })),
  )
  expect(errors.length).toBeGreaterThan(60)
  expect(
    errors
      .filter(({ name, text }) => !isWhole(text) && !neverTold.includes(name))
      .map(({ file, name }) => `${file}: ${name}`),
  ).toEqual([])
})

test("an error without a remedy or a code is noticed", () => {
  const source = (rest: string) =>
    `export class Bad extends Schema.TaggedError<Bad>()("Bad", {\n  path: Schema.String,\n}) {\n  get message() {\n    return "bad"\n  }\n${rest}}\n`
  const seen = (rest: string) => errorsIn(source(rest)).map(({ name, text }) => [name, isWhole(text)])
  expect(seen("")).toEqual([["Bad", false]])
  expect(seen('  get remedy() {\n    return "mend it"\n  }\n')).toEqual([["Bad", false]])
  expect(seen('  readonly code = 1\n  get remedy() {\n    return "mend it"\n  }\n')).toEqual([["Bad", true]])
})

effectTest(
  "a token that is missing is told with its variable, the files it may be in, and the command that sets it",
  () =>
    Effect.gen(function* () {
      const { kugetsu, kugetsuHome } = yield* freshPerson
      for (const [ref, variable] of [
        ["github.com/a/b#1", "GITHUB_TOKEN"],
        ["codeberg.org/a/b#1", "GITEA_TOKEN"],
      ]) {
        const { code, stderr } = yield* kugetsu(["issue", ref!])
        expect([code, stderr]).toEqual([69, expect.stringContaining("there is no token for it")])
        expect(stderr).toContain(`${variable} is neither in a file of ${path.join(kugetsuHome, "env")}`)
        expect(stderr).toContain(`kugetsu env set ${variable} -`)
        expect(stderr).toContain("default.env")
      }
    }),
)

effectTest("a ref that names no issue is told with what was expected", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    for (const ref of ["a", "a/../b#1", "host/a//b#1", "a/b#", "https://github.com/a/b"]) {
      const { code, stderr } = yield* kugetsu(["stop", ref])
      expect([ref, code, stderr]).toEqual([
        ref,
        64,
        expect.stringMatching(/names no issue: .+\nWrite it as host\/owner/),
      ])
    }
  }),
)

import { expect, setDefaultTimeout, test } from "bun:test"
import { newRunId } from "@kugetsu/core/domain/Run"
import { Effect, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { readPmCall } from "../../packages/cli/src/pmShell.ts"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { runRequest } from "../kit/records.ts"

setDefaultTimeout(60_000)

const call = (...args: ReadonlyArray<string>) =>
  Result.match(readPmCall(args), { onFailure: ({ message }) => message, onSuccess: (words) => words })

test("the line of one plain command comes to its words, as a shell would read them", () => {
  for (const [line, words] of [
    ["kugetsu list", ["list"]],
    [" kugetsu\tlist --json \n", ["list", "--json"]],
    [
      "kugetsu comment a/b#1 'two\nlines; $(x) `y` && > | it'\\''s'",
      ["comment", "a/b#1", "two\nlines; $(x) `y` && > | it's"],
    ],
    ['kugetsu comment a/b#1 "a \\"b\\" \\$5 \\`c\\` # d"', ["comment", "a/b#1", 'a "b" $5 `c` # d']],
    ["kugetsu comment a/b#1 100% {a,b} *.ts [x]? ''", ["comment", "a/b#1", "100%", "{a,b}", "*.ts", "[x]?", ""]],
    ["'kugetsu' \\\nlist", ["list"]],
    ["kugetsu comment \\\n  a/b#1 \\\r\n\\\n 'x' \\\n", ["comment", "a/b#1", "x"]],
    ["kugetsu issue #14", ["issue", "#14"]],
  ] as const) {
    expect([line, call("-c", line)]).toEqual([line, [...words]])
  }
})

test("a line that is anything else is refused, and so is another call", () => {
  for (const line of [
    "",
    "touch sign",
    "./kugetsu list",
    "/usr/bin/kugetsu list",
    "KUGETSU list",
    "X=1 kugetsu list",
    "env kugetsu list",
    "kugetsu list; touch sign",
    "kugetsu list;",
    "kugetsu list # all of it",
    "kugetsu list&",
    "kugetsu list && true",
    "kugetsu list | cat",
    "kugetsu list > sign",
    "kugetsu list >sign",
    "kugetsu list 2>&1",
    "kugetsu list < sign",
    "> sign",
    "(kugetsu list)",
    "kugetsu list\ntouch sign",
    "kugetsu list\r\ntouch sign",
    "kugetsu list\rtouch sign",
    "kugetsu list \n\n kugetsu list",
    "kugetsu list $(touch sign)",
    'kugetsu list "$(touch sign)"',
    "kugetsu list `touch sign`",
    'kugetsu list "`touch sign`"',
    "kugetsu list $HOME",
    'kugetsu list "${HOME}"',
    "kugetsu list ~",
    "kugetsu list $'a'",
    "kugetsu list 'open",
    'kugetsu list "open',
    "kugetsu list \\",
  ]) {
    expect([line, call("-c", line)]).toEqual([line, expect.stringMatching(/^nothing was run: /)])
  }
  for (const args of [[], ["-c"], ["kugetsu list"], ["-lc", "kugetsu list"], ["-c", "kugetsu list", "x"]]) {
    expect(call(...args)).toBe("nothing was run: it is called as -c and one line")
  }
  expect(call("-c", "kugetsu 'env' get TOKEN")).toBe("`kugetsu env get` is not for the PM")
})

effectTest("inside a run of the PM kugetsu refuses what is for people, however it was called", () =>
  Effect.gen(function* () {
    const person = yield* freshPerson
    const record = (agent: "dev" | "pm-agent") => {
      const run = newRunId(new Date(), Math.random())
      const directory = path.join(person.kugetsuHome, "runs", run)
      fs.mkdirSync(directory, { recursive: true })
      const request = runRequest(run, { agent, issue_ref: null })
      fs.writeFileSync(path.join(directory, "request.json"), JSON.stringify(request))
      return { KUGETSU_RUN: run }
    }
    fs.mkdirSync(path.join(person.kugetsuHome, "env"), { recursive: true })
    fs.writeFileSync(
      path.join(person.kugetsuHome, "env", "default.env"),
      "NAME=value-of-it\nKUGETSU_TOKEN_X_ORG=secret1\n",
    )
    const env = record("pm-agent")
    const refused = [
      ["env", "get", "NAME"],
      ["destroy", "a/b#1", "--force", "-y"],
      ["init", "--force"],
      ["queue-daemon", "stop"],
      ["git-credential", "get"],
      ["pm-shell", "-c", "kugetsu env get NAME"],
    ]
    for (const words of refused) {
      const ran = yield* person.kugetsu(words, { env, stdin: "protocol=https\nhost=x.org\n\n" })
      expect([words, ran.code, ran.stdout, ran.stderr]).toEqual([
        words,
        73,
        "",
        expect.stringContaining("is not for the PM"),
      ])
    }
    expect(yield* person.kugetsu(["list", "--json"], { env })).toMatchObject({ code: 0, stdout: "[]\n" })
    expect(yield* person.kugetsu(["pm-shell", "-c", "kugetsu list --json"])).toMatchObject({ code: 0, stdout: "[]\n" })
    expect(yield* person.kugetsu(["env", "get", "NAME"], { env: record("dev") })).toMatchObject({
      stdout: "value-of-it\n",
    })

    fs.writeFileSync(path.join(person.kugetsuHome, "runs", env.KUGETSU_RUN, "request.json"), "{")
    expect(yield* person.kugetsu(["env", "get", "NAME"], { env })).toMatchObject({ code: 78, stdout: "" })
  }),
)

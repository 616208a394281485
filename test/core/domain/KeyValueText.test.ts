import { describe, expect, test } from "bun:test"
import {
  parseKeyValues,
  valuesOf,
  withoutKey,
  withValue,
  type KeyValueOptions,
} from "@kugetsu/core/domain/KeyValueText"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { effectTest } from "../../kit/effectTest.ts"
import { holdsForAll } from "../../kit/property.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const config: KeyValueOptions = { home: "/home/ann b", arrays: ["GIT_SERVERS"] }
const env: KeyValueOptions = { home: null }

const read = (text: string, options = config) => Result.getOrThrow(parseKeyValues(text, options))
const record = (text: string, options = config) => Object.fromEntries(valuesOf(read(text, options)))
const faultOf = (text: string, options = config) =>
  Result.match(parseKeyValues(text, options), {
    onSuccess: ({ entries, elements }) => `read as ${JSON.stringify([entries, elements])}`,
    onFailure: ({ line, key, reason }) => `${line} ${key}: ${reason}`,
  })

describe("lines mean what they meant to the shell that sourced them", () => {
  for (const [line, value] of [
    ["A=5", "5"],
    ["A=", ""],
    ["  A=5  ", "5"],
    ["A=5 # five", "5"],
    ["A=a#b", "a#b"],
    ["A=#b", "#b"],
    ["export A=5", "5"],
    ["export  A='x y'", "x y"],
    ['A="x y"', "x y"],
    ["A=x\"y z\"'w'", "xy zw"],
    ['A="a\\"b\\\\c\\$d\\`e\\nf"', 'a"b\\c$d`e\\nf'],
    ["A='a\\b$HOME`'", "a\\b$HOME`"],
    ["A='it'\\''s'", "it's"],
    ["A=a\\ b\\;c", "a b;c"],
    ["A=a\\\nb", "ab"],
    ['A="a\\\nb"', "ab"],
    ["A='a\nb'", "a\nb"],
    ["A=$HOME/x", "/home/ann b/x"],
    ['A="${HOME}/x"', "/home/ann b/x"],
    ["A=~/x", "/home/ann b/x"],
    ["A=~", "/home/ann b"],
    ["A=/x:~/y", "/x:/home/ann b/y"],
    ["A='~/x'", "~/x"],
    ['A="~/x"', "~/x"],
    ["A=a~b", "a~b"],
    ["A=5$", "5$"],
    ['A="5$"', "5$"],
    ["A=a=b?c*d", "a=b?c*d"],
    ["A=ü", "ü"],
    ["A=1\nA=2", "2"],
    ["#!/bin/sh\n\n  # A=4\nA=5", "5"],
  ] as const) {
    test(JSON.stringify(line), () => {
      expect(record(line)).toEqual({ A: value })
      expect(record(`${line}\n`)).toEqual({ A: value })
      if (!line.includes("\n")) expect(record(`# x\r\n${line}\r\nB=1\r\n`)).toEqual({ A: value, B: "1" })
    })
  }
})

test("a byte order mark at the start is no part of the first key", () =>
  expect(record("\uFEFFA=5")).toEqual({ A: "5" }))

describe("what would need a shell is refused with its line, and never run", () => {
  for (const line of [
    "A=$(id)",
    'A="$(id)"',
    "A=`id`",
    'A="`id`"',
    "A=1; B=2",
    "A=1;",
    "A=1 && id",
    "A=1&",
    "A=1|id",
    "A=<(id)",
    "A=1>x",
    "A=$USER",
    'A="$USER"',
    "A=$HOMES",
    "A=${X:-5}",
    'A="${HOME:-x}"',
    "A=$1",
    "A=$$",
    "A=$'a\\n'",
    'A=$"a"',
    "A=~root/x",
    "A = 5",
    "A= 5",
    "A =5",
    "A=1 B=2",
    "A=1 id",
    "A+=1",
    "A[0]=1",
    "A=(1 2)",
    "A",
    "export A",
    "export -n A=1",
    "readonly A=1",
    "declare A=1",
    "if true; then A=1; fi",
    "rm -rf x",
    "5A=1",
    "A-B=1",
    "A='open",
    'A="open',
    "A=x\\",
    "A=a\rb",
    "A=a\0b",
  ]) {
    test(JSON.stringify(line), () => expect(faultOf(`# one\nOK=1\n${line}`)).toStartWith("3 "))
  }

  test("the refusal names the key and never shows the value", () => {
    expect(faultOf("\nTOKEN=hunter2$(id)", env)).toBe(
      "2 TOKEN: $( would need a shell; use single quotes for a plain dollar sign",
    )
  })

  test("without a home, $HOME and ~ are refused too: an agent must not get them literally", () => {
    expect(faultOf("A=$HOME/x", env)).toStartWith("1 A: ")
    expect(faultOf("A=~/x", env)).toStartWith("1 A: ")
    expect(record("A='$HOME'", env)).toEqual({ A: "$HOME" })
  })
})

describe("the bash arrays of the first kugetsu are read", () => {
  const elements = (text: string) => read(text).elements.map(({ key, value, line }) => [key, value, line])

  test("a list", () =>
    expect(elements("GIT_SERVERS=(github.com 'https://git.x'  \n)")).toEqual([
      [null, "github.com", 1],
      [null, "https://git.x", 1],
    ]))
  test("an associative array over several lines with comments", () =>
    expect(
      elements(
        'declare -A GIT_SERVERS=(\n  ["github.com"]="https://github.com" # hub\n  [git.x]=https://git.x\n)\nA=1\n',
      ),
    ).toEqual([
      ["github.com", "https://github.com", 2],
      ["git.x", "https://git.x", 3],
    ]))
  test("single elements after a declaration", () =>
    expect(elements('declare -gA GIT_SERVERS\nGIT_SERVERS["x"]="y"\nGIT_SERVERS[z]=w')).toEqual([
      ["x", "y", 2],
      ["z", "w", 3],
    ]))
  test("a second literal replaces, += adds", () => {
    expect(elements("GIT_SERVERS=(a b)\nGIT_SERVERS=(c)\nGIT_SERVERS+=([d]=e)")).toEqual([
      [null, "c", 2],
      ["d", "e", 3],
    ])
  })
  test("an array that is not closed, or runs something, is refused", () => {
    expect(faultOf("A=1\nGIT_SERVERS=(a\nb")).toStartWith("2 GIT_SERVERS: ")
    expect(faultOf("GIT_SERVERS=(a\n$(id))")).toStartWith("2 GIT_SERVERS: ")
    expect(faultOf("GIT_SERVERS=(a) ; id")).toStartWith("1 GIT_SERVERS: ")
    expect(faultOf("GIT_SERVERS=(a)", env)).toStartWith("1 GIT_SERVERS: ")
  })
})

describe("editing changes nothing but the key's own value", () => {
  const text = "# top\r\nexport A=1 # first\r\n\r\nB='x\ny' # two lines\r\nA=2 # last\r\n# end"

  test("the last line of the key is the one that is changed", () =>
    expect(withValue(read(text), "A", "n o")).toBe(text.replace("A=2", "A='n o'")))
  test("a value over several lines is replaced whole", () =>
    expect(withValue(read(text), "B", "z")).toBe(text.replace("'x\ny'", "z")))
  test("a new key comes at the end, on a line of its own", () =>
    expect(withValue(read(text), "C", "")).toBe(`${text}\r\nC=\r\n`))
  test("a new key after a last line that ends halfway is on a line of its own", () =>
    expect(withValue(read("A=1\r\nB=2\r"), "C", "3")).toBe("A=1\r\nB=2\r\nC=3\r\n"))
  test("a new key stays its own behind a last value that goes on in the next line", () => {
    for (const text of ["A=\\\n", "A=1\\\r\n", "A=\\\r", "A=1"]) {
      expect([...valuesOf(read(withValue(read(text), "B", "2")))].at(-1)).toEqual(["B", "2"])
    }
  })
  test("removal takes every line of the key and no other", () => {
    expect(withoutKey(read(text), "A")).toBe("# top\r\n\r\nB='x\ny' # two lines\r\n# end")
    expect(withoutKey(read(text), "B")).toBe(text.replace("B='x\ny' # two lines\r\n", ""))
    expect(withoutKey(read(text), "C")).toBeNull()
  })
})

const key = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[A-Z_][A-Z0-9_]{0,3}$/)))
const value = Arbitrary.array(
  Arbitrary.schema(
    Schema.Union([
      Schema.String,
      Schema.Literals([
        "'",
        '"',
        "\\",
        "$",
        "`",
        "#",
        ";",
        "~",
        " ",
        "\n",
        "\r",
        "\t",
        "=",
        "(",
        "A=",
        "\r\n",
        "$(id)",
        "'\\''",
      ]),
    ]),
  ),
  { maxLength: 8 },
).pipe(Arbitrary.map((parts) => parts.join("").replaceAll("\0", "").toWellFormed()))

test("any text survives being set and read, and the other keys and all comments stay", () =>
  holdsForAll(
    Arbitrary.all({
      edits: Arbitrary.array(Arbitrary.all([key, value]), { maxLength: 6 }),
      crlf: Arbitrary.schema(Schema.Boolean),
    }),
    ({ edits, crlf }) => {
      const start = "# comment 'quote\n\n  # two\nexport ZZZZZ=1 # z\n"
      let text = crlf ? start.replaceAll("\n", "\r\n") : start
      const expected = new Map([["ZZZZZ", "1"]])
      for (const [name, wanted] of edits) {
        text = withValue(read(text, env), name, wanted)
        expected.set(name, wanted)
      }
      return (
        Bun.deepEquals([...valuesOf(read(text, env))], [...expected]) &&
        text.startsWith(crlf ? start.replaceAll("\n", "\r\n") : start)
      )
    },
    { runs: 500 },
  ))

test("no text makes the parser throw, and what it accepts it can edit", () =>
  holdsForAll(
    value,
    (text) =>
      Result.match(parseKeyValues(text, config), {
        onFailure: ({ line, reason }) => line >= 1 && reason !== "",
        onSuccess: (parsed) => record(withValue(parsed, "NEW", text)).NEW === text,
      }),
    { runs: 2000 },
  ))

effectTest("a real shell that sources what was set sees the same bytes", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    const values = ["it's", "a\nb\r\n\n", '"$HOME" `id` $(id) \\', "~/x:~", "-n", "é😀", "", "#x", "a=b c"]
    const text = values.reduce(
      (sofar, wanted, i) => withValue(read(sofar, env), `K${i}`, wanted),
      "# start\nK3=old # note\n",
    )
    yield* Effect.promise(() => Bun.write(`${dir}/it.env`, text))
    const script = `. "$1"; printf '%s\\0' ${values.map((_, i) => `"$K${i}"`).join(" ")}`
    const shell = Bun.spawnSync(["sh", "-c", script, "sh", `${dir}/it.env`], { env: {} })
    expect(shell.stdout.toString().split("\0").slice(0, -1)).toEqual(values)
  }),
)

import { expect } from "bun:test"
import { Effect } from "effect"
import * as path from "node:path"
import { commandNames } from "../../kit/commandNames.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { canMount, mount } from "../../kit/mounts.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"
import { type Output, personIn } from "./call.ts"
import { faultsOf } from "./faultsOf.ts"
import { filesOf, homes, kindsOfRecord, wholeBut } from "./homes.ts"
import type { Row } from "./Row.ts"
import { rows } from "./rows.ts"

/** As many commands at once, which mostly wait for the disk and for each other. */
const AT_ONCE = 4
/** Also for the sources, which take ten times as long to start as the executable. */
const LIMIT_MS = 900_000

interface Case {
  readonly command: string
  /** What is special about it, for who reads the failure. */
  readonly where: string
  readonly lay: (home: string) => void
  readonly code: number
  /** Others that are right, too. */
  readonly or?: ReadonlyArray<number>
  readonly json?: boolean
  readonly output?: Output
  readonly words?: ReadonlyArray<string>
}

const rowOf = (command: string): Row => rows[command]!
const wordsOf = (command: string): ReadonlyArray<string> => [
  ...command.split(" "),
  ...(rowOf(command).words?.split(" ") ?? []),
]
const each = (one: (row: Row, command: string) => ReadonlyArray<Omit<Case, "command">>): ReadonlyArray<Case> =>
  Object.entries(rows).flatMap(([command, row]) => one(row, command).map((rest) => ({ ...rest, command })))

/** Calls each in a home of its own, or all in the one that is given, and gives all that was wrong. */
const check = Effect.fnUntraced(function* (cases: ReadonlyArray<Case>, shared?: string) {
  const dir = yield* temporaryDirectory
  const call = personIn(dir)
  const faults = yield* Effect.forEach(
    cases,
    (one, at) =>
      Effect.promise(async () => {
        const row = rowOf(one.command)
        const home = shared ?? path.join(dir, `home ${at}`)
        if (shared === undefined) one.lay(home)
        const before = filesOf(home)
        const { output = "read" } = one
        const json = one.json === true && row.follows !== true
        const words = [...(one.words ?? wordsOf(one.command)), ...(json ? ["--json"] : [])]
        const ran = await call(home, words, output, row.until)
        if (row.ends !== undefined && shared === undefined) await call(home, row.ends.split(" "))
        const facts = { row, json, output, codes: [one.code, ...(one.or ?? [])], before, after: filesOf(home) }
        return faultsOf(facts, ran).map((fault) => `${one.command} (${one.where}) ${fault}`)
      }),
    { concurrency: AT_ONCE },
  )
  return faults.flat()
})

effectTest("every command has a row in the table, and every row a command", () =>
  Effect.gen(function* () {
    const commands = (yield* Effect.promise(commandNames)).filter(({ isGroup }) => !isGroup).map(({ name }) => name)
    expect(commands.length).toBeGreaterThan(40)
    const missing = commands.filter((name) => !(name in rows))
    expect(missing.map((name) => `kugetsu ${name} needs a row in test/cli/everyCommand/rows.ts`)).toEqual([])
    expect(Object.keys(rows).filter((name) => !commands.includes(name))).toEqual([])
  }),
)

effectTest(
  "without a home, with an empty one, one of the first kugetsu and a whole one every command ends as it says",
  () =>
    Effect.gen(function* () {
      const cases = each((row) => [
        { where: "no home", lay: homes.none, code: row.empty, json: true },
        { where: "an empty home", lay: homes.empty, code: row.empty },
        { where: "a first home", lay: homes.first, code: row.first, json: true },
        { where: "a whole home", lay: homes.whole, code: row.whole, json: true },
        { where: "a whole home, for people", lay: homes.whole, code: row.whole },
      ])
      expect(yield* check(cases)).toEqual([])
    }),
  LIMIT_MS,
)

effectTest(
  "a broken record stops the commands that need it and no other, and is lost by none",
  () =>
    Effect.gen(function* () {
      const cases = each(({ needs = {}, whole }) => [
        ...kindsOfRecord.flatMap((kind) => {
          const code = needs[kind]
          return code === undefined
            ? []
            : [{ where: `a broken record: ${kind}`, lay: wholeBut([kind]), code, json: true }]
        }),
        {
          where: "every record broken that it does not need",
          lay: wholeBut(kindsOfRecord.filter((kind) => !(kind in needs))),
          code: whole,
          json: true,
        },
      ])
      expect(yield* check(cases)).toEqual([])
    }),
  LIMIT_MS,
)

if (process.getuid?.() !== 0 || canMount) {
  effectTest(
    "in a home that nothing can be written into, what reads reads, and what writes says so",
    () =>
      Effect.gen(function* () {
        const home = path.join(yield* temporaryDirectory, "home")
        homes.whole(home)
        yield* readOnly(home)
        const cases = each((row) => [
          { where: "a read-only home", lay: homes.none, code: row.readOnly ?? row.whole, json: true },
        ])
        expect(yield* check(cases, home)).toEqual([])
      }),
    LIMIT_MS,
  )
}

/** Root may write whatever the modes are. */
const readOnly = Effect.fnUntraced(function* (home: string) {
  if (process.getuid?.() === 0) {
    yield* mount(home, "--bind", home)
    yield* mount(home, "-o", "remount,bind,ro")
  } else {
    const chmod = (mode: string) => Effect.sync(() => void Bun.spawnSync(["chmod", "-R", mode, home]))
    yield* Effect.acquireRelease(chmod("a-w"), () => chmod("u+w"))
  }
})

effectTest(
  "an answer that nobody can get is no stack trace and loses nothing; one that a full disk cut off is a failure",
  () =>
    Effect.gen(function* () {
      const cases = each((row) => [
        // whoever stopped reading had what they wanted
        ...(row.changes === undefined
          ? [{ where: "its reader is gone", lay: homes.whole, code: row.whole, or: [0], output: "gone" as const }]
          : []),
        { where: "standard output is closed", lay: homes.whole, code: row.whole, output: "closed" },
        { where: "a full disk", lay: homes.whole, code: row.full ?? 74, json: true, output: "full" },
      ])
      expect(yield* check(cases)).toEqual([])
    }),
  LIMIT_MS,
)

effectTest(
  "a flag that is not known is wrong usage everywhere, and a word of 100,000 characters is one as any other",
  () =>
    Effect.gen(function* () {
      const long = "x".repeat(100_000)
      const cases = each((row, command) => [
        { where: "an unknown flag", lay: homes.none, code: 64, words: [...wordsOf(command), "--jsno"] },
        {
          where: "a long word",
          lay: homes.whole,
          code: row.long ?? 64,
          json: true,
          words: [...(row.words === undefined ? wordsOf(command) : wordsOf(command).slice(0, -1)), long],
        },
      ])
      expect(yield* check(cases)).toEqual([])
    }),
  LIMIT_MS,
)

import { IssueRef, lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { Effect, Layer, Record } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fakeStage } from "../kit/stage.ts"
import { interleave, millisecondsOf, timesOf, type Repetitions, type Row, spreadOf } from "./measure.ts"
import { peakMemory } from "./peakMemory.ts"
import { runToEnd } from "./runToEnd.ts"

const tracked = 100

/** What commands cost that do little: time, beside a compiled program that says hello, and memory. */
export const startUp = Effect.fnUntraced(function* (kugetsu: ReadonlyArray<string>, how: Repetitions) {
  const person = yield* fakeStage()
  yield* Effect.provide(fillWithSessions, Layer.provideMerge(Sessions.layer, KugetsuHome.at(person.kugetsuHome)))
  const place = { env: person.env, cwd: person.home }
  const listed = (yield* runToEnd([...kugetsu, "list"], place)).trimEnd().split("\n").length - 1
  if (listed !== tracked + own) throw new Error(`kugetsu list shows ${listed} sessions, and there are ${tracked + own}`)

  const hello = [yield* compileHello(person.home)]
  const subjects = Object.fromEntries(commands.map(({ what, words }) => [what, [...kugetsu, ...words]]))
  const millisecondsOfRun = (argv: ReadonlyArray<string>) => millisecondsOf(runToEnd(argv, place))
  const taken = yield* interleave<string, never, never>(
    { hello: millisecondsOfRun(hello), ...Record.map(subjects, millisecondsOfRun) },
    how,
  )
  const times = commands.map(({ what }): Row => ({
    what,
    took: spreadOf(taken[what]!),
    comparison: {
      against: "a compiled hello",
      took: spreadOf(taken["hello"]!),
      cost: timesOf(taken[what]!, taken["hello"]!),
      goal: 3,
    },
  }))
  const delegate = [...kugetsu, "delegate", "--pm", "fix the login form"]
  const programs = { "a compiled hello": hello, ...subjects, "`kugetsu delegate`": delegate }
  return [...times, ...(yield* peakMemory(programs, place, 5))]
})

/** Base and PM, which `init` makes. */
const own = 2

const commands: ReadonlyArray<{ readonly what: string; readonly words: ReadonlyArray<string> }> = [
  { what: "`kugetsu --version`", words: ["--version"] },
  { what: "`kugetsu --help`", words: ["--help"] },
  { what: `\`kugetsu list\`, ${tracked} sessions`, words: ["list"] },
  { what: "`kugetsu status`", words: ["status"] },
  { what: "`kugetsu status --json`", words: ["status", "--json"] },
]

const fillWithSessions = Effect.gen(function* () {
  const sessions = yield* Sessions
  const home = yield* KugetsuHome
  for (let number = 1; number <= tracked; number++) {
    const ref = IssueRef.make({ instance: "example.org", owner: "ann", repository: "tool", identifier: String(number) })
    yield* sessions.update(ref, (session) => ({
      ...session,
      opencode_session_id: `ses_${number}`,
      worktree_path: `/home/ann/.kugetsu/worktrees/example.org-ann-tool-${number}`,
      state: "completed",
      pr_url: `https://example.org/ann/tool/pulls/${1000 + number}`,
      branch_name: `fix/issue-${number}`,
    }))
    // an issue that was worked on has a lock file, and list asks each of them
    yield* Effect.scoped(acquire(home.issueLock(lockNameOf(ref)), { waitMs: 0 }))
  }
})

/** With what makes a program start fastest. */
export const compileHello = Effect.fnUntraced(function* (dir: string) {
  const [source, program] = [path.join(dir, "hello.ts"), path.join(dir, "hello")]
  fs.writeFileSync(source, 'console.log("hello")\n')
  const options = ["--compile", "--production", "--bytecode", "--format=esm", "--outfile", program]
  yield* runToEnd([process.execPath, "build", source, ...options], { env: process.env, cwd: dir })
  return program
})

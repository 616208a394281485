import { IssueRef, lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { freshPerson } from "../kit/kugetsu.ts"
import { interleave, millisecondsOf, timesOf, type Repetitions, type Row, spreadOf } from "./measure.ts"
import { runToEnd } from "./runToEnd.ts"

const tracked = 100

/** What commands cost that do next to nothing, beside a compiled program that says hello. */
export const startUp = Effect.fnUntraced(function* (kugetsu: ReadonlyArray<string>, how: Repetitions) {
  const person = yield* freshPerson
  yield* Effect.provide(fillWithSessions, Layer.provideMerge(Sessions.layer, KugetsuHome.at(person.kugetsuHome)))
  const place = { env: person.env, cwd: person.home }
  const listed = (yield* runToEnd([...kugetsu, "list"], place)).trimEnd().split("\n").length - 1
  if (listed !== tracked) throw new Error(`kugetsu list shows ${listed} sessions, and there are ${tracked}`)

  const hello = yield* compileHello(person.home)
  const taken = yield* interleave(
    {
      hello: millisecondsOf(runToEnd([hello], place)),
      version: millisecondsOf(runToEnd([...kugetsu, "--version"], place)),
      list: millisecondsOf(runToEnd([...kugetsu, "list"], place)),
    },
    how,
  )
  const row = (what: string, command: "version" | "list", goal: number): Row => ({
    what,
    took: spreadOf(taken[command]),
    comparison: {
      against: "a compiled hello",
      took: spreadOf(taken.hello),
      cost: timesOf(taken[command], taken.hello),
      goal,
    },
  })
  return [row("`kugetsu --version`", "version", 3), row(`\`kugetsu list\`, ${tracked} sessions`, "list", 5)]
})

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

import { Cause, Effect, Exit } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { opencodeBinary } from "../kit/opencode.ts"
import { commandMemory, memoryTable } from "./commandMemory.ts"
import { delegateCommand } from "./delegateCommand.ts"
import { dispatch } from "./dispatch.ts"
import { firstRequest } from "./firstRequest.ts"
import { footprint } from "./footprint.ts"
import { queueFiles } from "./queueFiles.ts"
import { machineOf, tableOf, withResults } from "./report.ts"
import { runToEnd } from "./runToEnd.ts"
import { trashing } from "./trashing.ts"
import { startUp } from "./startUp.ts"
import { worktreeCreation } from "./worktreeCreation.ts"

/**
 * Measures the executable in dist/ and prints a table; `--write` puts it into docs/benchmarks.md too. `--commands` measures
 * only the commands that do little, and writes nothing. `--memory` measures what each command has resident, a table of its
 * own.
 */
const { values } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    commands: { type: "boolean", default: false },
    memory: { type: "boolean", default: false },
  },
})
const root = path.join(import.meta.dirname, "..", "..")
const kugetsu = [path.join(root, "dist", "kugetsu")]
const inMemoryPlace = "/dev/shm"

const tell = (words: string) => Effect.sync(() => process.stderr.write(`${words}\n`))

const versionOf = (program: string) =>
  Effect.map(
    runToEnd([program, "--version"], { env: process.env, cwd: root }),
    (said) => /\d+\.\d+\.\d+/.exec(said)?.[0] ?? "?",
  )

const measure = Effect.gen(function* () {
  yield* tell("commands that do next to nothing …")
  const startUps = yield* startUp(kugetsu, { repetitions: 60, warmUps: 5 })
  if (values.commands) return startUps
  yield* tell("worktrees …")
  const worktree = { files: 2000, repetitions: 12, warmUps: 2 }
  const onDisk = yield* worktreeCreation({ ...worktree, directory: os.tmpdir(), kind: "on disk" }, worktree)
  const inMemory = fs.existsSync(inMemoryPlace)
    ? yield* Effect.scoped(worktreeCreation({ ...worktree, directory: inMemoryPlace, kind: "in memory" }, worktree))
    : []
  yield* tell("trash …")
  const trashed = yield* Effect.forEach([500, 50_000], (files) =>
    Effect.scoped(trashing({ files, directory: os.tmpdir() }, { repetitions: 5, warmUps: 1 })),
  )
  yield* tell("from start to the first model request …")
  const requests = yield* firstRequest(kugetsu, { repetitions: 7, warmUps: 1 })
  yield* tell("the queue …")
  const queue = yield* Effect.scoped(queueFiles({ items: 10_000, claimers: 8, repetitions: 1000, warmUps: 100 }))
  const commands = yield* Effect.scoped(delegateCommand(kugetsu, { listed: 10_000, repetitions: 40, warmUps: 5 }))
  yield* tell("the daemon …")
  const dispatched = yield* Effect.scoped(dispatch(kugetsu, { waiting: 10_000, repetitions: 60, warmUps: 8 }))
  const footprints = yield* Effect.scoped(footprint(kugetsu, { idleMs: 60_000 }))
  return [
    ...startUps,
    ...onDisk,
    ...inMemory,
    ...trashed.flat(),
    ...requests,
    ...queue,
    ...commands,
    ...dispatched,
    ...footprints,
  ]
})

const loadNow = () => os.loadavg()[0]?.toFixed(1) ?? "unknown"

const results = Effect.gen(function* () {
  const before = loadNow()
  const machine = machineOf({ git: yield* versionOf("git"), opencode: yield* versionOf(opencodeBinary()) })
  const table = tableOf(yield* Effect.scoped(measure))
  return `${table}\n\nOn ${machine}. Load average ${before} before and ${loadNow()} after.`
})

const cutOff = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => cutOff.abort())
const wanted = values.memory ? Effect.scoped(Effect.map(commandMemory(kugetsu), memoryTable)) : results
const exit = await Effect.runPromiseExit(wanted, { signal: cutOff.signal })
if (cutOff.signal.aborted) process.exit(130)
if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
const text = exit.value
console.log(text)
if (values.write && !values.commands) {
  const file = path.join(root, "docs", "benchmarks.md")
  const document = fs.readFileSync(file, "utf8")
  fs.writeFileSync(file, withResults(document, `\n${text}\n`, values.memory ? "memory" : "bench"))
}

import type { RunSupervisor } from "@kugetsu/core/domain/Run"
import { isAlive, signal } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { opencodeBinary } from "../kit/opencode.ts"
import { realStage } from "../kit/stage.ts"
import {
  type Comparison,
  interleave,
  millisecondsOf,
  moreThan,
  type Repetitions,
  type Row,
  spreadOf,
} from "./measure.ts"
import { runToEnd } from "./runToEnd.ts"

/**
 * What passes between a command and its first request that asks the model to work, beside opencode alone. The session
 * of a new issue is imported into a database of its own, which is measured by itself too.
 */
export const firstRequest = Effect.fnUntraced(function* (kugetsu: ReadonlyArray<string>, how: Repetitions) {
  const stage = yield* realStage
  const remote = stage.repository("tool")
  // a bench that is cut off takes its agents along
  yield* Effect.addFinalizer(() => {
    for (const supervisor of livingSupervisors(stage.kugetsuHome)) signal(supervisor, "SIGTERM")
    return untilSupervisorsEnd(stage.kugetsuHome)
  })
  const opencode = opencodeBinary()

  /** A clone of the repository that opencode has never seen. */
  let clones = 0
  const freshPlace = Effect.sync(() => {
    const cwd = path.join(stage.home, `clone-${++clones}`)
    stage.git.run(stage.home, "clone", "--quiet", remote, cwd)
    const tmp = fs.mkdtempSync(path.join(stage.home, "tmp-"))
    return { cwd, env: { ...stage.env, PWD: cwd, TMPDIR: tmp } }
  })

  /** From the start of the run to the first request from that directory; done when the run has ended. */
  const untilRequest = Effect.fnUntraced(function* (directory: string, run: Effect.Effect<unknown>) {
    const from = Date.now()
    const request = Effect.promise(() =>
      stage.model.waitFor((seen) => seen.purpose === "turn" && seen.directory === directory),
    )
    const [{ at }] = yield* Effect.all([request, run], { concurrency: "unbounded" })
    return at - from
  })

  const bare = Effect.flatMap(freshPlace, (place) =>
    untilRequest(place.cwd, runToEnd([opencode, "run", "--format", "json", "Say hello."], place)),
  )

  const base = path.join(stage.kugetsuHome, "agents", "base", "export.json")
  const importAlone = Effect.flatMap(freshPlace, ({ cwd, env }) =>
    millisecondsOf(
      runToEnd([opencode, "import", base], { cwd, env: { ...env, OPENCODE_DB: path.join(env.TMPDIR, "own.db") } }),
    ),
  )

  let issues = 0
  const start = Effect.suspend(() => {
    const issue = String(++issues)
    const command = [...kugetsu, "start", `example.org/ann/tool#${issue}`, "Say hello."]
    const run = runToEnd(command, { env: stage.env, cwd: stage.home })
    return Effect.tap(untilRequest(stage.worktree("tool", issue), run), () => untilSupervisorsEnd(stage.kugetsuHome))
  })

  const taken = yield* interleave({ bare, importAlone, start }, how)
  const beside = (cost: Comparison["cost"], goal: number | null): Comparison => ({
    against: "`opencode run`",
    took: spreadOf(taken.bare),
    cost,
    goal,
  })
  const what = "`kugetsu start` to the first model request"
  const rows: ReadonlyArray<Row> = [
    { what, took: spreadOf(taken.start), comparison: beside(moreThan(taken.start, taken.bare), null) },
    { what: "`opencode import` by itself", took: spreadOf(taken.importAlone), comparison: null },
    {
      what: `${what}, less the import`,
      took: moreThan(taken.start, taken.importAlone),
      comparison: beside(moreThan(taken.start, taken.bare, taken.importAlone), 300),
    },
  ]
  return rows
})

const livingSupervisors = (home: string) => {
  const runs = path.join(home, "runs")
  const records = fs.existsSync(runs) ? fs.readdirSync(runs).map((run) => path.join(runs, run, "supervisor.json")) : []
  return records
    .filter((file) => fs.existsSync(file))
    .map((file) => (JSON.parse(fs.readFileSync(file, "utf8")) as RunSupervisor).supervisor)
    .filter(isAlive)
}

/** They copy the conversation after the outcome, which must not fall into the next measure. */
const untilSupervisorsEnd = Effect.fnUntraced(function* (home: string) {
  while (livingSupervisors(home).length > 0) yield* Effect.sleep("20 millis")
})

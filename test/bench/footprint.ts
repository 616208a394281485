import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { queueStage, until } from "../kit/queueStage.ts"
import { type Row, single } from "./measure.ts"

/** What a daemon with nothing to do, and a supervisor whose agent works, take from the machine. Linux only. */
export const footprint = Effect.fnUntraced(function* (
  kugetsu: ReadonlyArray<string>,
  { idleMs }: { readonly idleMs: number },
) {
  const stage = yield* queueStage({ run: { hang: true } })
  const daemon = Bun.spawn([...kugetsu, "queue-daemon", "run", "--quiet"], {
    env: stage.env,
    cwd: stage.home,
    stdio: ["ignore", "ignore", "inherit"],
  })
  yield* Effect.addFinalizer(() => {
    daemon.kill()
    return Effect.promise(() => daemon.exited)
  })
  const { kugetsuHome } = stage
  yield* until("the daemon serves", () => fs.existsSync(path.join(kugetsuHome, "queue", "daemon.pid")))
  yield* Effect.sleep(Math.min(5000, idleMs))
  const before = cpuMs(daemon.pid)
  yield* Effect.sleep(idleMs)
  const busy = ((cpuMs(daemon.pid) - before) / idleMs) * 100
  const [resident, children] = [memoryMb(daemon.pid, /^Rss/), childrenOf(daemon.pid)]

  yield* stage.untilRuns(yield* stage.delegate(["fix it in example.org/ann/tool#1"]))
  const [run = ""] = fs.readdirSync(path.join(kugetsuHome, "runs"))
  const record = JSON.parse(fs.readFileSync(path.join(kugetsuHome, "runs", run, "supervisor.json"), "utf8"))
  yield* Effect.sleep(Math.min(3000, idleMs))
  const supervisor = memoryMb(record.supervisor.pid, /^Private_/)

  const alone = (what: string, value: number, unit: Row["unit"] & string, atMost: number): Row => ({
    what,
    took: single(value),
    unit,
    goal: { atMost },
    comparison: null,
  })
  return [
    alone(`a daemon with nothing to do, over ${idleMs / 1000} s`, busy, "% of a core", 0.3),
    alone("its memory (resident)", resident, "MB", 60),
    alone("its children", children, "processes", 0),
    alone("a supervisor's own memory (private)", supervisor, "MB", 15),
  ]
})

/** Of all its threads, those that are gone left out. */
const cpuMs = (pid: number): number =>
  fs
    .readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e6)
    .reduce((sum, ms) => sum + ms, 0)

const memoryMb = (pid: number, which: RegExp): number =>
  fs
    .readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
    .split("\n")
    .filter((line) => which.test(line))
    .reduce((sum, line) => sum + Number(/\d+/.exec(line)?.[0] ?? 0), 0) / 1024

const childrenOf = (pid: number): number =>
  fs
    .readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => fs.readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean)).length

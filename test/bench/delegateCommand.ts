import { Effect, Layer } from "effect"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import * as fs from "node:fs"
import * as path from "node:path"
import { fakeStage } from "../kit/stage.ts"
import { interleave, millisecondsOf, type Repetitions, type Row, spreadOf, timesOf } from "./measure.ts"
import { runToEnd } from "./runToEnd.ts"
import { compileHello } from "./startUp.ts"

/** What it costs to leave a task and to look at many, beside programs that do less, and queues that keep less. */
export const delegateCommand = Effect.fnUntraced(function* (
  kugetsu: ReadonlyArray<string>,
  { listed, ...how }: Repetitions & { readonly listed: number },
) {
  const person = yield* fakeStage()
  const place = { env: person.env, cwd: person.home }
  const hello = yield* compileHello(person.home)
  const delegate = millisecondsOf(runToEnd([...kugetsu, "delegate", "--pm", "fix the login form"], place))
  const peers = yield* peerQueues(person.home, person.env)
  const subjects: Readonly<Record<string, Effect.Effect<number>>> = {
    hello: millisecondsOf(runToEnd([hello], place)),
    delegate,
    ...Object.fromEntries(peers),
  }
  const taken = yield* interleave(subjects, how)
  const beside = (against: string, name: string, goal: number | null): Row => ({
    what: "`kugetsu delegate`, no daemon running",
    took: spreadOf(taken["delegate"]!),
    comparison: { against, took: spreadOf(taken[name]!), cost: timesOf(taken["delegate"]!, taken[name]!), goal },
  })

  const many = yield* fakeStage()
  const queueAt = Layer.provide(FileQueue.layer, KugetsuHome.at(many.kugetsuHome))
  yield* Effect.provide(
    Effect.flatMap(Queue, (queue) =>
      Effect.forEach(Array.from({ length: listed }), () => queue.enqueue({ issue: null, message: "fix it" })),
    ),
    queueAt,
  )
  const list = runToEnd([...kugetsu, "queue", "list", "--json"], { env: many.env, cwd: many.home })
  const found = (JSON.parse(yield* list) as ReadonlyArray<unknown>).length
  if (found !== listed) throw new Error(`kugetsu queue list shows ${found} tasks, and there are ${listed}`)
  const lists = yield* interleave({ list: millisecondsOf(list) }, { repetitions: 10, warmUps: 1 })
  return [
    beside("a compiled hello", "hello", 3),
    ...peers.map(([name]) => beside(`\`${name} true\``, name, null)),
    { what: `\`kugetsu queue list --json\`, ${listed} tasks`, took: spreadOf(lists.list), comparison: null },
  ]
})

/** The queues of Debian that are installed. Neither syncs what it acknowledges. */
const peerQueues = Effect.fnUntraced(function* (home: string, env: Readonly<Record<string, string | undefined>>) {
  const peers: Array<readonly [string, Effect.Effect<number>]> = []
  const dir = path.join(home, "peers")
  fs.mkdirSync(dir)
  const nq = Bun.which("nq")
  if (nq !== null) {
    peers.push(["nq", millisecondsOf(runToEnd([nq, "true"], { cwd: dir, env: { ...env, NQDIR: dir } }))])
  }
  const tsp = Bun.which("tsp")
  if (tsp !== null) {
    const at = { cwd: dir, env: { ...env, TS_SOCKET: path.join(dir, "tsp.socket"), TMPDIR: dir } }
    // its first call starts a server, which keeps whatever it is given as output
    yield* Effect.promise(() => Bun.spawn([tsp, "true"], { ...at, stdio: ["ignore", "ignore", "ignore"] }).exited)
    yield* Effect.addFinalizer(() => Effect.ignore(runToEnd([tsp, "-K"], at)))
    peers.push(["tsp", millisecondsOf(runToEnd([tsp, "true"], at))])
  }
  return peers
})

import { afterAll, beforeAll, expect, test } from "bun:test"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { workerOf } from "@kugetsu/daemon/observe"
import { Effect, Exit, Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { publint } from "publint"
import manifest from "../packages/core/package.json" with { type: "json" }
import { effectTest } from "./kit/effectTest.ts"
import { goodTurn } from "./kit/fakeOpencode.ts"
import { kugetsuProgram } from "./kit/kugetsuProgram.ts"
import { packedLibrary } from "./kit/packedLibrary.ts"
import { type QueueStage, queueStage, ref, until } from "./kit/queueStage.ts"

const scope = Scope.makeUnsafe()
let library: Effect.Success<typeof packedLibrary>
beforeAll(async () => {
  library = await Effect.runPromise(Scope.provide(packedLibrary, scope))
}, 120_000)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const exported = Object.keys(manifest.exports).map((name) => name.slice("./".length))

/** Somebody's program, with `kugetsu` on its PATH as an installation has it. */
const startExample = (stage: QueueStage, name: string, args: ReadonlyArray<string> = []) => {
  const bin = path.join(stage.home, "bin")
  kugetsuProgram(bin)
  return Bun.spawn([process.execPath, path.join(library.project, name), ...args], {
    cwd: stage.home,
    env: { ...stage.env, PATH: `${bin}:${stage.env["PATH"]}` },
    stdio: ["ignore", "pipe", "pipe"],
  })
}

test("docs/library.md names the modules that can be imported, each once, and no other", () => {
  const document = fs.readFileSync(path.join(import.meta.dirname, "..", "docs", "library.md"), "utf8")
  const named = [...document.matchAll(/^\| `([\w/]+)` +\|/gm)].map((match) => match[1]!)
  expect(named.sort()).toEqual([...exported].sort())
})

test("the tarball has each exported module with its types, what these import, and nothing else", () => {
  const { files } = library
  for (const name of exported) expect(files).toContain(`dist/${name}.js`)
  const stray = files.filter((file) => !/^(dist\/[\w/]+\.(js|d\.ts)|package\.json|README\.md|LICENSE)$/.test(file))
  expect(stray).toEqual([])
  const scripts = files.filter((file) => file.endsWith(".js")).map((file) => file.slice(0, -".js".length))
  const types = files.filter((file) => file.endsWith(".d.ts")).map((file) => file.slice(0, -".d.ts".length))
  expect(types).toEqual(scripts)
  // the layers over opencode are no part of it
  expect(scripts.filter((file) => file.startsWith("dist/opencode/Opencode"))).toEqual([])
})

test("publint has nothing to say of what is published", async () => {
  const { messages } = await publint({ pkgDir: library.installed, level: "suggestion", strict: true, pack: false })
  expect(messages).toEqual([])
})

test("the examples compile in a project of somebody else, and what is not exported cannot be imported there", async () => {
  const file = path.join(library.project, "inside.ts")
  fs.writeFileSync(file, 'import { sessionFiles } from "@kugetsu/core/SessionFiles"\nconsole.log(sessionFiles)\n')
  const faults = library.compile().trimEnd().split("\n")
  const ran = Bun.spawnSync([process.execPath, file], { cwd: library.project })
  fs.rmSync(file)
  expect(faults).toEqual([expect.stringMatching(/^inside\.ts\(1,.*@kugetsu\/core\/SessionFiles/)])
  expect([ran.exitCode, ran.stderr.toString()]).toEqual([1, expect.stringContaining("@kugetsu/core/SessionFiles")])
})

effectTest("the first example leaves a task, waits for its outcome, and ends with the exit code of it", () =>
  Effect.gen(function* () {
    const shell = 'echo fixed > fixed && git add fixed && git commit -qm "fix the crash" && git push -q origin HEAD'
    const stage = yield* queueStage({ run: { shell, events: goodTurn("done") } })
    yield* stage.daemon()
    const example = startExample(stage, "delegateAndWait.ts", ["fix the crash in", ref(14)])
    const said = yield* Effect.promise(() => new Response(example.stdout).text())
    const errors = yield* Effect.promise(() => new Response(example.stderr).text())
    expect([yield* Effect.promise(() => example.exited), errors]).toEqual([0, ""])
    expect(said).toMatch(
      new RegExp(`^q_\\w+ is for ${ref(14)}\n(committed|pr_opened)\n(- .+\n)+[0-9a-f]{7} fix the crash\n$`),
    )
  }),
)

effectTest("the first example tells what is wrong and what to do, with kugetsu's own exit code", () =>
  Effect.gen(function* () {
    const stage = yield* queueStage()
    const uninitialised = { ...stage, env: { ...stage.env, KUGETSU_DIR: path.join(stage.home, "nothing") } }
    const example = startExample(uninitialised, "delegateAndWait.ts", ["fix", ref(14)])
    const errors = yield* Effect.promise(() => new Response(example.stderr).text())
    expect([yield* Effect.promise(() => example.exited), errors]).toEqual([
      69,
      "kugetsu is not initialised\nRun: kugetsu init\n",
    ])
  }),
)

effectTest("the second example has one agent in each repository at a time, beside a daemon that does the rest", () =>
  Effect.gen(function* () {
    const stage = yield* queueStage({ run: { events: goodTurn("done"), delayMs: 1500 } })
    stage.repository("other")
    yield* stage.daemon()
    const example = startExample(stage, "onePerRepository.ts")
    yield* Effect.addFinalizer(() => Effect.sync(() => example.kill("SIGKILL")))
    const paused = path.join(stage.kugetsuHome, "queue", "paused")
    yield* until("the queue is paused", () => fs.existsSync(paused))
    const issues = [ref(1), ref(2), "example.org/ann/other#1"]
    const items = yield* Effect.forEach(issues, (issue) => stage.delegate(["look at", issue]))
    const ended = yield* Effect.forEach(items, (id) => stage.untilIn("done", id))
    expect(ended.map(({ attempts, state }) => [state, attempts])).toEqual(items.map(() => ["completed", 1]))

    const runs: ReadonlyArray<Record<"issue_ref" | "started_at" | "finished_at", string>> = yield* stage.answer([
      "logs",
    ])
    const time = (issue: string) => {
      const run = runs.find(({ issue_ref }) => issue_ref === issue)!
      return { from: Date.parse(run.started_at), to: Date.parse(run.finished_at) }
    }
    const [first, second, other] = issues.map(time)
    expect(second!.from).toBeGreaterThanOrEqual(first!.to)
    expect(other!.from).toBeLessThan(first!.to)

    example.kill("SIGINT")
    yield* Effect.promise(() => example.exited)
    expect([fs.existsSync(paused), yield* Effect.promise(() => new Response(example.stderr).text())]).toEqual([
      false,
      "",
    ])
  }),
)

effectTest("the second example leaves out who is refused, and leaves a queue paused that a person had paused", () =>
  Effect.gen(function* () {
    const stage = yield* queueStage({ run: { events: goodTurn("done") } })
    stage.repository("other")
    yield* stage.answer(["queue", "pause"])
    const { issueLock } = yield* Effect.provide(KugetsuHome, KugetsuHome.at(stage.kugetsuHome))
    yield* acquire(issueLock(workerOf(ref(1))), { waitMs: 0 })
    const refused = yield* stage.delegate(["look at", ref(1)])
    const other = yield* stage.delegate(["look at", "example.org/ann/other#1"])
    const example = startExample(stage, "onePerRepository.ts")
    yield* Effect.addFinalizer(() => Effect.sync(() => example.kill("SIGKILL")))
    yield* stage.untilIn("running", other)
    expect((yield* stage.item(refused)).state).toBe("pending")

    example.kill("SIGINT")
    yield* Effect.promise(() => example.exited)
    expect(yield* Effect.promise(() => new Response(example.stdout).text())).toContain(`${refused} waits: `)
    expect(fs.existsSync(path.join(stage.kugetsuHome, "queue", "paused"))).toBe(true)
  }),
)

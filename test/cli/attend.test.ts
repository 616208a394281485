import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { livingSupervisor, runExit, runId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const run = runId("attend")
const program = path.join(import.meta.dirname, "attend.program.ts")

/** A run whose supervisor does nothing until it is asked to end, and then records the outcome `stopped`. */
const quietRun = Effect.gen(function* () {
  const root = yield* temporaryDirectory
  const layer = Layer.provideMerge(Runs.layer, KugetsuHome.at(root))
  const files = yield* Effect.provide(
    KugetsuHome.use((home) => Effect.succeed(home.run(run))),
    layer,
  )
  const outcome = path.join(files.dir, "outcome")
  const script = `trap 'mv "$0" "$1"; exit' TERM; echo ready; while :; do sleep 0.05; done`
  const supervisor = yield* Effect.acquireRelease(
    Effect.sync(() => Bun.spawn(["bash", "-c", script, outcome, files.exit], { stdio: ["ignore", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL")),
  )
  const runs = yield* Effect.provide(Runs, layer)
  yield* runs.create(runRequest(run))
  yield* runs.recordSupervisor(run, livingSupervisor(supervisor.pid))
  fs.writeFileSync(outcome, JSON.stringify(runExit(run, { outcome: "stopped", evidence: ["stopped by Ctrl-C"] })))
  yield* Effect.promise(() => supervisor.stdout.getReader().read())

  const attended = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Bun.spawn([process.execPath, program, root, run], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env.PATH },
      }),
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL")),
  )
  const lines = yield* told(attended.stderr)
  yield* lines.until("preparing")
  return { attended, supervisor, files, lines, stdout: Effect.promise(() => new Response(attended.stdout).text()) }
})

/** Reads a stream up to a word; `all` is everything so far. */
const told = (stream: ReadableStream<Uint8Array>) =>
  Effect.sync(() => {
    const reader = stream
      .pipeThrough(new TextDecoderStream() as never)
      .getReader() as ReadableStreamDefaultReader<string>
    let all = ""
    const until = (word: string) =>
      Effect.promise(async () => {
        while (!all.includes(word)) {
          const { done, value } = await reader.read()
          if (done) throw new Error(`"${word}" never came, but: ${all}`)
          all += value
        }
        return all
      })
    return { until }
  })

const exitOf = (child: Bun.Subprocess) => Effect.promise(() => child.exited)
/** Longer than one key press under `bun run` may be apart from its copy. */
const betweenPresses = Effect.sleep(400)

effectTest("one Ctrl-C, even when it comes twice, lets go of the run and leaves it alone", () =>
  Effect.gen(function* () {
    const { attended, supervisor, files, lines } = yield* quietRun
    attended.kill("SIGINT")
    yield* Effect.sleep(20)
    attended.kill("SIGINT")
    yield* lines.until("The agent goes on. Press Ctrl-C again within 2 s to stop it.")
    expect(yield* exitOf(attended)).toBe(130)
    const text = yield* lines.until("kugetsu logs")
    expect(text).toContain(`kugetsu: run ${run} goes on\nkugetsu logs ${run} -f follows it again.\n`)
    expect(text).not.toContain("Stopping")
    expect([supervisor.exitCode, fs.existsSync(files.stop)]).toEqual([null, false])
  }),
)

effectTest("a second Ctrl-C stops the run and waits for its outcome", () =>
  Effect.gen(function* () {
    const { attended, supervisor, files, lines, stdout } = yield* quietRun
    attended.kill("SIGINT")
    yield* lines.until("The agent goes on")
    yield* betweenPresses
    attended.kill("SIGINT")
    expect(yield* exitOf(attended)).toBe(130)
    expect(yield* stdout).toContain("stopped by Ctrl-C")
    expect(JSON.parse(fs.readFileSync(files.stop, "utf8")).by).toBe("Ctrl-C")
    yield* exitOf(supervisor)
  }),
)

effectTest("an end of the terminal's session or a TERM leaves the run alone, too", () =>
  Effect.gen(function* () {
    const { attended, supervisor, files } = yield* quietRun
    attended.kill("SIGTERM")
    expect(yield* exitOf(attended)).toBe(143)
    expect([supervisor.exitCode, fs.existsSync(files.stop)]).toEqual([null, false])
  }),
)

effectTest("what the agent does is shown beside the answer, and nothing it writes commands the terminal", () =>
  Effect.gen(function* () {
    const { attended, supervisor, files, lines, stdout } = yield* quietRun
    const text = (words: string) => JSON.stringify({ type: "text", part: { text: words } })
    fs.appendFileSync(files.events, `${text("I look.\n\u001b[2Jgone")}\nno event\n`)
    fs.appendFileSync(files.stderr, "\u001b[31mlevel=WARN\u001b[0m slow\n")
    const shown = yield* lines.until("gone")
    expect(shown).toContain("│ I look.\n│ \\x1b[2Jgone\n")
    expect(shown).toContain("level=WARN slow")
    supervisor.kill("SIGTERM")
    expect(yield* exitOf(attended)).toBe(130)
    expect(yield* stdout).toStartWith("stopped  github.com/shoko/kugetsu#14")
  }),
)

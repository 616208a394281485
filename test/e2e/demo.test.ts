import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, longTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const main = path.join(import.meta.dirname, "..", "demo", "main.ts")

/** The processes that know of a directory: it is in their environment, as it is in that of all their children. */
const processesOf = (directory: string): ReadonlyArray<{ readonly pid: number; readonly command: string }> =>
  fs.readdirSync("/proc").flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(directory)) return []
      return [{ pid: Number(pid), command: fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }]
    } catch {
      return [] // it has ended meanwhile, or is not ours
    }
  })

/** The demo as a process with a temporary directory of its own; `watch` sees what it says on the way. */
const demo = Effect.fnUntraced(function* (
  words: ReadonlyArray<string>,
  watch: (progress: string, demo: Bun.Subprocess) => void = () => undefined,
) {
  const tmp = yield* temporaryDirectory
  const child = Bun.spawn([process.execPath, main, ...words], {
    // Bun keeps its own cache in HOME
    env: { PATH: process.env.PATH, HOME: yield* temporaryDirectory, TMPDIR: tmp },
    stdio: ["ignore", "pipe", "pipe"],
  })
  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      child.kill("SIGTERM")
      await child.exited
      for (const { pid } of processesOf(tmp)) process.kill(pid, "SIGKILL")
    }),
  )
  const decoder = new TextDecoder()
  let progress = ""
  const [stdout] = yield* Effect.promise(() =>
    Promise.all([
      new Response(child.stdout).text(),
      (async () => {
        for await (const chunk of child.stderr) {
          progress += decoder.decode(chunk, { stream: true })
          watch(progress, child)
        }
      })(),
    ]),
  )
  const code = yield* Effect.promise(() => child.exited)
  return { code, stdout, progress, left: fs.readdirSync(tmp), tmp, alive: processesOf(tmp) }
})

/** Sends these signals as soon as the first agent has used a tool. */
const onceAtWork = (...signals: ReadonlyArray<NodeJS.Signals>) => {
  let sent = false
  return (progress: string, demo: Bun.Subprocess) => {
    if (sent || !progress.includes("✓")) return
    sent = true
    for (const signal of signals) demo.kill(signal)
  }
}

effectTest(
  "the demo works on three issues at once, shows their commits, and leaves nothing behind",
  () =>
    Effect.gen(function* () {
      const { alive, code, left, progress, stdout } = yield* demo([])
      const [, ...rows] = stdout.slice(stdout.indexOf("ISSUE ")).trimEnd().split("\n")
      expect(rows.map((row) => row.replace(/ [0-9a-f]{7} /, " SHA ").split(/ {2,}/))).toEqual([
        ["demo.example/you/moon#1", "committed", "fix/issue-1", "SHA #1: name the phases"],
        ["demo.example/you/moon#2", "committed", "fix/issue-2", "SHA #2: add a haiku"],
        ["demo.example/you/moon#3", "committed", "fix/issue-3", "SHA #3: say who may use it"],
      ])
      for (const odd of ["Ctrl-C", "\u001b"]) expect(progress).not.toContain(odd)
      expect({ code, left, alive }).toEqual({ code: 0, left: [], alive: [] })
    }),
  240_000,
)

longTest(
  "the demo that is interrupted midway stops its agents, and leaves nothing behind",
  () =>
    Effect.gen(function* () {
      const { alive, code, left, progress } = yield* demo([], onceAtWork("SIGINT", "SIGINT"))
      expect(progress).toContain("Stopping the agents")
      expect({ code, left, alive }).toEqual({ code: 130, left: [], alive: [] })
    }),
  240_000,
)

longTest(
  "with --keep the home stays, and nothing runs in it",
  () =>
    Effect.gen(function* () {
      const { alive, code, left, stdout, tmp } = yield* demo(["--keep"], onceAtWork("SIGTERM"))
      expect({ code, alive, left }).toEqual({ code: 143, alive: [], left: [expect.stringMatching(/^kugetsu-demo-/)] })
      const runs = path.join(tmp, left[0]!, "kugetsu", "runs")
      expect(stdout).toContain(path.dirname(runs))
      const outcomes = fs
        .readdirSync(runs)
        .map((run) => JSON.parse(fs.readFileSync(path.join(runs, run, "exit.json"), "utf8")).outcome)
      expect(outcomes).toContain("stopped")
    }),
  240_000,
)

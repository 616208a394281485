import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { fakeStage } from "../kit/stage.ts"

effectTest(
  "without a terminal top is wrong usage that names status --json, and without init there is nothing to show",
  () =>
    Effect.gen(function* () {
      const { kugetsu, kugetsuHome } = yield* freshPerson
      const { code, stderr, stdout } = yield* kugetsu(["top"])
      expect([code, stdout, stderr.includes("kugetsu status --json")]).toEqual([64, "", true])
      expect((yield* kugetsu(["top", "--json"])).code).toBe(69)
      expect(fs.existsSync(kugetsuHome)).toBe(false)
    }),
)

/** With the beginnings of control sequences to be seen. */
const plain = (screen: string) => screen.replaceAll("\u001b", "<ESC>")

/** Shorter than the time after which top looks without having been told of a change. */
const BEFORE_RESCAN_MS = 4000

effectTest(
  "a change is on the screen because it was seen, not because time passed, and the terminal is as it was before",
  () =>
    Effect.gen(function* () {
      const stage = yield* fakeStage()
      const script = `stty -g; "$0" "$@"; echo "ended $?"; stty -g`
      const ends: ReadonlyArray<readonly [how: "q" | "\u0003" | "SIGTERM", code: number]> = [
        ["q", 0],
        ["\u0003", 130],
        ["SIGTERM", 143],
      ]
      for (const [how, code] of ends) {
        const words = `task for ${JSON.stringify(how)}`
        let seenAt = 0
        let delegated: Promise<number> | null = null
        const { screen } = yield* stage.onTerminal(["top"], {
          env: { ...stage.env, NO_COLOR: "1" },
          script:
            how === "SIGTERM"
              ? script.replace('"$0" "$@"', () => `sh -c 'echo $$ > top.pid; exec "$0" "$@"' "$0" "$@"`)
              : script,
          watch: (seen, type) => {
            if (/WAITING \d/.test(seen)) {
              delegated ??= stage.start(["delegate", words]).exited.then(() => performance.now())
            }
            if (seenAt > 0 || !seen.includes(words)) return
            seenAt = performance.now()
            if (how !== "SIGTERM") return type(how)
            process.kill(Number(fs.readFileSync(path.join(stage.home, "top.pid"), "utf8")), "SIGTERM")
          },
        })
        const delegatedAt = yield* Effect.promise(async () => delegated)
        expect(seenAt - delegatedAt!).toBeLessThan(BEFORE_RESCAN_MS)
        const [before = "?", ...rest] = screen.split("\n")
        expect(rest.join("\n")).toContain(`ended ${code}\n${before}`)
        expect(screen.lastIndexOf("\u001b[?1049l")).toBeGreaterThan(screen.lastIndexOf("\u001b[?1049h"))
        expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"))
        // no colour: the screen itself, and nothing else
        expect(plain(screen)).not.toMatch(/<ESC>\[\d+m/)
      }
    }),
)

effectTest("the screen follows the size of the terminal", () =>
  Effect.gen(function* () {
    const stage = yield* fakeStage()
    let resized = false
    const { screen } = yield* stage.onTerminal(["top"], {
      env: stage.env,
      script: '(until [ -e resize ]; do sleep 0.05; done; stty cols 44 rows 12 < /dev/tty) & "$0" "$@"',
      watch: (seen, type) => {
        if (!resized && seen.includes("q ends")) {
          resized = true
          fs.writeFileSync(path.join(stage.home, "resize"), "")
        }
        if (seen.includes("\u001b[12;1H\u001b[2Kq ends")) type("q")
      },
    })
    expect(screen).toContain("\u001b[40;1H\u001b[2Kq ends")
  }),
)

effectTest("with --json there is a document a line, one at each change and none without", () =>
  Effect.gen(function* () {
    const stage = yield* fakeStage()
    const child = stage.start(["top", "--json"])
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    const until = (pattern: RegExp) =>
      Effect.promise(async () => {
        while (!pattern.test(text)) text += (await reader.read()).value ?? ""
      })
    yield* until(/\n/)
    yield* stage.run(["delegate", "one", "--issue", "example.org/ann/tool#1"])
    yield* until(/"waiting":\[\{.*\n/)
    child.kill("SIGTERM")
    expect(yield* Effect.promise(() => child.exited)).toBe(143)
    const documents = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(documents[0]).toMatchObject({ slots: { limit: 3, used: 0 }, running: [], waiting: [], troubles: [] })
    expect(documents.at(-1)).toMatchObject({
      queue: { pending: 1 },
      waiting: [{ issue_ref: "example.org/ann/tool#1", gate: "no_daemon" }],
    })
    const states = documents.map((document) => JSON.stringify({ ...document, at: null }))
    expect(new Set(states).size).toBe(states.length)
  }),
)

effectTest("a crash leaves the terminal as it was, and is told there", () =>
  Effect.gen(function* () {
    const { onTerminal } = yield* freshPerson
    const program = path.join(import.meta.dirname, "fullScreenCrash.program.ts")
    for (const way of ["timer", "effect"]) {
      const { screen } = yield* onTerminal([], {
        script: `stty -g; "${process.execPath}" "${program}" ${way}; stty -g`,
      })
      const lines = screen.trimEnd().split("\n")
      expect(plain(screen)).toMatch(/on the screen[^]*<ESC>\[\?1049l[^]*crashed/)
      expect(lines.at(-1)?.replace(/^.*m/, "")).toBe(lines[0]!)
    }
  }),
)

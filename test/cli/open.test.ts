import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, ref } from "../kit/queueStage.ts"
import { fakeStage } from "../kit/stage.ts"

effectTest("open needs a terminal, and an issue whose worktree and session are there", () =>
  Effect.gen(function* () {
    const stage = yield* fakeStage({ run: { events: goodTurn("well") }, screen: { shell: "echo shown" } })
    stage.repository("tool")
    const piped = yield* stage.run(["open", ref(1)])
    expect([piped.code, piped.stderr.includes("needs a terminal")]).toEqual([64, true])
    const open = (issue: number) => stage.onTerminal(["open", ref(issue)], { env: { ...stage.env, NO_COLOR: "1" } })

    const unknown = yield* open(2)
    expect([unknown.code, unknown.screen.includes(`no session of ${ref(2)}`)]).toEqual([1, true])

    yield* stage.run(["start", ref(1), "go"])
    const worktree = stage.worktree("tool", "1")
    fs.renameSync(worktree, `${worktree} away`)
    const gone = yield* open(1)
    expect([gone.code, gone.screen.includes(`kugetsu continue ${ref(1)}`)]).toEqual([69, true])
    fs.renameSync(`${worktree} away`, worktree)

    const record = path.join(stage.kugetsuHome, "sessions", "example.org-ann-tool-1.json")
    const session = JSON.parse(fs.readFileSync(record, "utf8"))
    fs.writeFileSync(record, JSON.stringify({ ...session, opencode_session_id: "ses_of_somebody_else" }))
    const misplaced = yield* open(1)
    expect([misplaced.code, misplaced.screen.includes("kugetsu continue")]).toEqual([69, true])
    expect([unknown, gone, misplaced].filter(({ screen }) => screen.includes("shown"))).toEqual([])
  }),
)

effectTest(
  "open shows the issue's session in its worktree; no agent starts there meanwhile, and the conversation is kept",
  () =>
    Effect.gen(function* () {
      const shell = 'printf "screen>"; read words; echo "said: $words"'
      const stage = yield* queueStage({ run: { events: goodTurn("well") }, screen: { shell } })
      yield* stage.run(["start", ref(1), "go"])
      const task = yield* stage.delegate(["go on", "--issue", ref(1)])
      const kept = path.join(stage.kugetsuHome, "agents", "example.org-ann-tool-1", "export.json")
      fs.rmSync(kept)

      let asked = false
      const meanwhile: Array<unknown> = []
      const look = async (words: ReadonlyArray<string>) => {
        const child = stage.start([...words, "--json"])
        const answer = JSON.parse(await new Response(child.stdout).text())
        meanwhile.push([await child.exited, answer.gate ?? answer.error, answer.detail ?? answer.message])
      }
      const { code, screen } = yield* stage.onTerminal(["open", ref(1)], {
        env: { ...stage.env, NO_COLOR: "1" },
        watch: (seen, type) => {
          if (asked || !seen.includes("screen>")) return
          asked = true
          void look(["continue", ref(1)])
            .then(() => look(["explain", task]))
            .then(() => type("be kind\r"))
        },
      })
      expect([code, screen.includes("said: be kind")]).toEqual([0, true])
      expect(meanwhile).toEqual([
        [75, "IssueBusy", expect.stringContaining("open on a screen")],
        [0, "no_daemon", expect.stringContaining("open on a screen")],
      ])
      const shown = stage.opencode.starts().find(({ args }) => args[0] === "--session")!
      expect(shown.cwd).toBe(stage.worktree("tool", "1"))
      expect(shown.env).toMatchObject({ TERM: "xterm-256color", KUGETSU_DIR: stage.kugetsuHome })
      expect(shown.env.KUGETSU_RUN).toBeUndefined()
      expect(path.basename(shown.env.TMPDIR!)).toStartWith("kugetsu-")
      expect(fs.existsSync(shown.env.TMPDIR!)).toBe(false)
      expect(fs.existsSync(kept)).toBe(true)
      expect((yield* stage.answer(["explain", task])).detail).not.toContain("screen")
    }),
)

effectTest("a signal ends the screen too, and its conversation is kept; while an agent runs open is busy", () =>
  Effect.gen(function* () {
    const stage = yield* queueStage({
      run: [{ events: goodTurn("well") }, { hang: true }],
      screen: { shell: 'printf "screen>"', hang: true },
    })
    yield* stage.run(["start", ref(1), "go"])
    const kept = path.join(stage.kugetsuHome, "agents", "example.org-ann-tool-1", "export.json")
    fs.rmSync(kept)
    let ended = false
    const { code } = yield* stage.onTerminal(["open", ref(1)], {
      env: stage.env,
      script: 'sh -c \'echo $$ > open.pid; exec "$0" "$@"\' "$0" "$@"',
      watch: (seen) => {
        if (ended || !seen.includes("screen>")) return
        ended = true
        process.kill(Number(fs.readFileSync(path.join(stage.home, "open.pid"), "utf8")), "SIGTERM")
      },
    })
    expect([code, fs.existsSync(kept)]).toEqual([143, true])
    const shown = stage.opencode.starts().find(({ args }) => args[0] === "--session")!
    expect(() => process.kill(shown.pid, 0)).toThrow("ESRCH")

    yield* stage.run(["continue", ref(1), "--detach"])
    const busy = yield* stage.onTerminal(["open", ref(1)], { env: { ...stage.env, NO_COLOR: "1" } })
    expect([busy.code, busy.screen.includes("has a running agent")]).toEqual([75, true])
  }),
)

effectTest("a screen that crashes or is killed leaves the terminal in order before anything is told", () =>
  Effect.gen(function* () {
    const stage = yield* fakeStage({ run: { events: goodTurn("well") } })
    stage.repository("tool")
    yield* stage.run(["start", ref(1), "go"])
    const modes = ["1000", "1002", "1003", "1006", "2004"]
    const taken = `\\033[?1049h\\033[?25l${modes.map((mode) => `\\033[?${mode}h`).join("")}`
    for (const end of [{ signal: "SIGKILL" }, { exitCode: 3 }] as const) {
      stage.opencode.plan({ screen: { shell: `stty raw -echo; printf '${taken}shown'`, ...end } })
      const { screen } = yield* stage.onTerminal(["open", ref(1)], {
        env: { ...stage.env, NO_COLOR: "1" },
        script: 'stty -g; "$0" "$@"; stty -g',
      })
      const [before, after] = screen.split("shown")
      expect(before).toContain("\u001b[?1049h")
      const told = after!.slice(0, after!.indexOf("The screen"))
      for (const left of ["1049l", "25h", ...modes.map((mode) => `${mode}l`)]) expect(told).toContain(`\u001b[?${left}`)
      const lines = screen.trimEnd().split("\n")
      expect(lines.at(-1)).toBe(lines[0])
    }
  }),
)

import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeOpencode, type FakeAct } from "../kit/fakeOpencode.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { personWithOpencode } from "../kit/opencode.ts"
import { scriptedModel } from "../kit/scriptedModel.ts"

effectTest("init lets the real model answer once, and a provider that refuses is told in its own words", () =>
  Effect.gen(function* () {
    const person = yield* freshPerson
    const model = yield* scriptedModel({ key: "the-key" })
    const environment = (apiKey: string) => ({
      env: { ...person.env, ...personWithOpencode(person.home, { baseURL: model.baseURL, apiKey }) },
    })

    const refused = yield* person.kugetsu(["init"], environment("wrong"))
    expect([refused.code, refused.stdout]).toEqual([69, ""])
    expect(refused.stderr).toContain("no such key")
    expect(refused.stderr).toContain("kugetsu env set")
    expect((yield* person.kugetsu(["status"])).stdout).toBe("kugetsu_not_initialized\n")

    // what was set for agents serves the probe too
    yield* person.kugetsu(["env", "set", "MODEL_KEY", "-"], { stdin: "the-key\n" })
    const made = yield* person.kugetsu(["init", "--json"], environment("{env:MODEL_KEY}"))
    expect(made.stderr).toContain("one word (up to 2 min)")
    expect([made.code, JSON.parse(made.stdout)]).toMatchObject([
      0,
      { home: person.kugetsuHome, model: "scripted/one", trash: null },
    ])
    expect((yield* person.kugetsu(["status"])).stdout).toBe("ok\n")
    expect(fs.readdirSync(path.join(person.kugetsuHome, "agents")).sort()).toEqual(["base", "pm-agent"])

    const again = yield* person.kugetsu(["init"], environment("the-key"))
    expect([again.code, again.stderr.includes("--force")]).toEqual([1, true])
    const base = fs.readFileSync(path.join(person.kugetsuHome, "sessions", "base.json"), "utf8")
    const forced = yield* person.kugetsu(["init", "--force", "--no-probe", "--json"], environment("the-key"))
    const { restore, trash } = JSON.parse(forced.stdout)
    expect((yield* person.kugetsu(["status"])).stdout).toBe("ok\n")

    expect(trash).toBe(path.join(person.kugetsuHome, "trash"))
    yield* person.kugetsu(["destroy", "--base", "-y"])
    for (const command of restore) {
      expect((yield* person.kugetsu(command.split(" ").slice(1))).code).toBe(0)
    }
    expect(fs.readFileSync(path.join(person.kugetsuHome, "sessions", "base.json"), "utf8")).toBe(base)
    expect((yield* person.kugetsu(["status"])).stdout).toBe("ok\n")
  }),
)

effectTest("--tui without a terminal is wrong usage, and makes nothing", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    const { code, stderr } = yield* kugetsu(["init", "--tui"])
    expect([code, stderr.includes("needs a terminal")]).toEqual([64, true])
    expect(fs.existsSync(kugetsuHome)).toBe(false)
  }),
)

effectTest("an opencode that is not there is told before anything is asked", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    const { code, stderr } = yield* kugetsu(["init"], { env: { OPENCODE_BIN: "/nowhere/opencode" } })
    expect([code, stderr.includes("/nowhere/opencode")]).toEqual([69, true])
    expect((yield* kugetsu(["status"])).stdout).toBe("kugetsu_not_initialized\n")
  }),
)

/** `init --tui` at a terminal where opencode's screen does this, and these keys are typed once it shows `>`. */
const onScreen = (screen: FakeAct, keys: string) =>
  Effect.gen(function* () {
    const person = yield* freshPerson
    const opencode = fakeOpencode(path.join(person.home, "bin"), { screen })
    let typed = false
    const ran = yield* person.onTerminal(["init", "--tui", "--no-probe"], {
      env: { OPENCODE_BIN: opencode.program, NO_COLOR: "1" },
      watch: (seen, type) => {
        if (typed || !seen.includes("screen>")) return
        typed = true
        type(keys)
      },
    })
    const status = (yield* person.kugetsu(["status"])).stdout
    return { ...ran, status, person, shown: opencode.starts().filter(({ args }) => args[0] === "--session") }
  })

const prompt = 'printf "screen>"; read words; echo "said: $words"'

effectTest(
  "--tui lets the person prepare the base session on opencode's screen, says how to leave it, and goes on",
  () =>
    Effect.gen(function* () {
      const { code, person, screen, shown, status } = yield* onScreen({ shell: prompt }, "be kind\r")
      expect([code, status]).toEqual([0, "ok\n"])
      expect(screen.indexOf("type /exit")).toBeGreaterThan(-1)
      expect(screen.indexOf("type /exit")).toBeLessThan(screen.indexOf("screen>"))
      expect(screen.indexOf("kugetsu is ready")).toBeGreaterThan(screen.indexOf("said: be kind"))
      const base = JSON.parse(fs.readFileSync(path.join(person.kugetsuHome, "sessions", "base.json"), "utf8"))
      expect(shown.map(({ args, cwd }) => [args, cwd])).toEqual([
        [["--session", base.opencode_session_id], path.join(person.kugetsuHome, "base")],
      ])
    }),
)

effectTest("a screen that Ctrl-C closes, or that fails, leaves nothing initialised, and says what to do", () =>
  Effect.gen(function* () {
    for (const [act, keys] of [
      [{ shell: prompt, exitCode: 3 }, "\r"],
      [{ shell: 'printf "screen>"', hang: true }, "\u0003"],
    ] as const) {
      const { code, screen, status } = yield* onScreen(act, keys)
      expect([code, screen.includes("kugetsu init --tui again")]).toEqual([69, true])
      expect(status).not.toBe("ok\n")
    }
  }),
)

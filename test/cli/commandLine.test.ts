import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import manifest from "../../packages/cli/package.json" with { type: "json" }
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"

effectTest("--version is one line, wherever it stands", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    const version = { code: 0, stdout: `kugetsu ${manifest.version}\n`, stderr: "" }
    expect(yield* kugetsu(["--version"])).toEqual(version)
    expect(yield* kugetsu(["list", "--version"])).toEqual(version)
  }),
)

effectTest("help that was asked for is an answer and shows an example, for every command", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    const commands = "init start continue stop delegate list logs status explain".split(" ").map((name) => [name])
    const groups = {
      env: "set get show list rm",
      queue: "list stats enqueue cancel retry pause resume clear",
      "queue-daemon": "start stop restart status logs run",
      notify: "list clear",
    }
    const below = Object.entries(groups).flatMap(([name, verbs]) => verbs.split(" ").map((verb) => [name, verb]))
    const helps = yield* Effect.forEach([[], ...commands, ...below], (words) => kugetsu([...words, "--help"]), {
      concurrency: 2,
    })
    for (const { code, stdout, stderr } of helps) {
      expect([code, stderr]).toEqual([0, ""])
      expect(stdout).toContain("EXAMPLES")
      expect(stdout).toContain("--json")
    }
  }),
)

effectTest("a word or flag that is not known is wrong usage, told on stderr with what was probably meant", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    const told = yield* Effect.forEach(
      [["lst"], ["env", "sho"], ["list", "--jsno"], ["start", "a/b#1", "--detatch", "go"]],
      (words) => kugetsu(words),
    )
    expect(told.map(({ code, stdout }) => [code, stdout])).toEqual(told.map(() => [64, ""]))
    expect(told.map(({ stderr }) => /did you mean (.*)\?/.exec(stderr)?.[1])).toEqual([
      "list",
      "show",
      "--json",
      "--detach",
    ])
    expect(told.every(({ stderr }) => stderr.includes("Usage: kugetsu"))).toBe(true)
  }),
)

effectTest("a dash in a message says how to write it", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    const { code, stderr } = yield* kugetsu(["start", "a/b#1", "use", "-O3"])
    expect([code, stderr.includes("put -- before the message")]).toEqual([64, true])
  }),
)

effectTest("a word that begins with a dash is one error, and where an issue is meant it says that none does", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    for (const words of ["start -x/y#1 go", "stop --x/y#1", "continue -x/y#1"]) {
      const { code, stderr } = yield* kugetsu(words.split(" "))
      const told = stderr.split("\n").filter((line) => line.startsWith("kugetsu:"))
      expect([code, told.length]).toEqual([64, 1])
      expect(told[0]).toMatch(/there is no flag --?x\/y#1; the name of an issue never begins with a dash/)
    }
  }),
)

effectTest(
  "--json is what it says, however often and in whatever form it is given; a broken form is told as JSON",
  () =>
    Effect.gen(function* () {
      const { kugetsu } = yield* freshPerson
      for (const words of [
        "list --json --json",
        "--json list --json=yes",
        "list --json=1",
        "--json=false list --json",
      ]) {
        expect([words, yield* kugetsu(words.split(" "))]).toEqual([words, { code: 0, stdout: "[]\n", stderr: "" }])
      }
      expect((yield* kugetsu(["list", "--json", "--json=false"])).stdout).toStartWith("ISSUE_REF")
      expect(JSON.parse((yield* kugetsu(["--json=1", "lst"])).stdout).error).toBe("UnknownSubcommand")
      const broken = yield* kugetsu(["list", "--json=maybe"])
      expect([broken.code, JSON.parse(broken.stdout).error]).toEqual([64, "InvalidValue"])
    }),
)

effectTest("a sub-command that is missing is wrong usage; kugetsu alone shows its help", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    expect((yield* kugetsu(["env"])).code).toBe(64)
    const alone = yield* kugetsu([])
    expect([alone.code, alone.stdout.includes("SUBCOMMANDS") || alone.stdout.includes("start"), alone.stderr]).toEqual([
      0,
      true,
      "",
    ])
  }),
)

effectTest("with --json every failure is one document on stdout, wherever the flag stands", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string, number]> = [
      [["--json", "lst"], "UnknownSubcommand", 64],
      [["list", "--jsno", "--json"], "UnrecognizedOption", 64],
      [["env", "--json"], "MissingSubcommand", 64],
      [["--json"], "MissingSubcommand", 64],
      [["--json", "env", "get", "NOTHING"], "VariableMissing", 1],
      [["logs", "r_20261120T063012_k3f9qa", "--json"], "RunUnknown", 1],
      [["logs", "no issue", "--json"], "InvalidIssueRef", 64],
    ]
    for (const [words, error, code] of cases) {
      const ran = yield* kugetsu(words)
      const document = JSON.parse(ran.stdout)
      expect([ran.code, ran.stderr, document.error, document.code]).toEqual([code, "", error, code])
      expect(Object.keys(document)).toEqual(["error", "message", "remedy", "code"])
    }
  }),
)

effectTest("a failure is told with its remedy, on stderr alone", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    expect(yield* kugetsu(["env", "get", "NOTHING", "dev"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "kugetsu: NOTHING is not set for dev\nkugetsu env show dev lists what is set.\n",
    })
  }),
)

effectTest("a fresh home: nothing to list, not initialised, and looking makes nothing", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    expect((yield* kugetsu(["list", "--json"])).stdout).toBe("[]\n")
    expect((yield* kugetsu(["logs", "--json"])).stdout).toBe("[]\n")
    expect(yield* kugetsu(["status"])).toEqual({ code: 69, stdout: "kugetsu_not_initialized\n", stderr: "" })
    const status = yield* kugetsu(["status", "--json"])
    expect([status.code, JSON.parse(status.stdout)]).toMatchObject([
      69,
      {
        status: "kugetsu_not_initialized",
        daemon: { running: false, pid: null, version: null, since: null },
        slots: { limit: 3, used: 0 },
        queue: { total: 0, pending: 0, notified: 0, completed: 0, error: 0, bad: 0 },
        paused: null,
        quarantined: [],
        last_error: null,
        running: [],
      },
    ])
    expect(fs.existsSync(kugetsuHome)).toBe(false)
  }),
)

effectTest("a broken config is told with its line, and nothing is guessed", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    fs.mkdirSync(kugetsuHome)
    fs.writeFileSync(path.join(kugetsuHome, "config"), "# mine\nMAX_CONCURRENT_AGENTS=lots\n")
    const { code, stderr, stdout } = yield* kugetsu(["queue", "clear", "--json"])
    expect([code, stderr, JSON.parse(stdout).error]).toEqual([78, "", "ConfigInvalid"])
    const text = yield* kugetsu(["logs", "a/b#1"])
    expect([text.code, text.stderr.includes("config:2: MAX_CONCURRENT_AGENTS")]).toEqual([78, true])
  }),
)

effectTest("a broken config does not hide the word of status, which is told first", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome, onTerminal } = yield* freshPerson
    fs.mkdirSync(kugetsuHome)
    fs.writeFileSync(path.join(kugetsuHome, "config"), "MAX_CONCURRENT_AGENTS=lots\n")
    const text = yield* kugetsu(["status"])
    expect([text.code, text.stdout]).toEqual([78, "kugetsu_not_initialized\n"])
    expect(text.stderr).toContain("config:1: MAX_CONCURRENT_AGENTS")
    const json = yield* kugetsu(["status", "--json"])
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: "kugetsu_not_initialized",
      code: 78,
      slots: { limit: null, used: 0 },
    })
    expect([json.code, json.stderr.includes("config:1: MAX_CONCURRENT_AGENTS")]).toEqual([78, true])
    const { code, screen } = yield* onTerminal(["status"], { env: { NO_COLOR: "1" } })
    expect([code, screen.split("\n")[0]]).toEqual([78, "kugetsu_not_initialized"])
    expect(screen).toMatch(/0 of \? in use[^]*config:1: MAX_CONCURRENT_AGENTS/)
  }),
)

effectTest("a broken record hides no other: the rest is listed, and the exit code tells", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    const sessions = path.join(kugetsuHome, "sessions")
    fs.mkdirSync(sessions, { recursive: true })
    const session = { type: "forked", issue_ref: "github.com/a/b#1", created_at: "2026-11-20T06:00:00+00:00" }
    fs.writeFileSync(path.join(sessions, "github.com-a-b-1.json"), JSON.stringify(session))
    fs.writeFileSync(path.join(sessions, "github.com-a-b-2.json"), "{")
    const { code, stdout, stderr } = yield* kugetsu(["list", "--json"])
    expect([code, JSON.parse(stdout)]).toMatchObject([78, [{ issue_ref: "github.com/a/b#1", state: "idle" }]])
    expect(stderr).toContain("github.com-a-b-2.json")
  }),
)

effectTest("an answer that nobody reads is no failure and no stack trace", () =>
  Effect.gen(function* () {
    const { kugetsu, env, home } = yield* freshPerson
    yield* kugetsu(["env", "set", "A", "1"])
    for (const words of ["list", "env show", "--help", "--version", "list --json", "--completions bash"]) {
      const script = `"$0" "$@" ${words} | true; echo "\${PIPESTATUS[0]}"`
      const child = Bun.spawn(["bash", "-c", script, ...kugetsuCommand], {
        cwd: home,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      })
      const [stdout, stderr] = yield* Effect.promise(() =>
        Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]),
      )
      expect([words, stdout, stderr]).toEqual([words, "0\n", ""])
    }
  }),
)

effectTest("an answer that could not be written is a failure", () =>
  Effect.gen(function* () {
    const { env, home } = yield* freshPerson
    const child = Bun.spawn([...kugetsuCommand, "list"], {
      cwd: home,
      env,
      stdio: ["ignore", Bun.file("/dev/full"), "pipe"],
    })
    const stderr = yield* Effect.promise(() => new Response(child.stderr).text())
    expect([yield* Effect.promise(() => child.exited), stderr.includes("ENOSPC")]).toEqual([74, true])
  }),
)

effectTest("colours come on a terminal only, and not with NO_COLOR", () =>
  Effect.gen(function* () {
    const { kugetsu, onTerminal } = yield* freshPerson
    const words = ["env", "get", "NOTHING"]
    expect((yield* kugetsu(words)).stderr).not.toContain("\u001b")
    expect((yield* onTerminal(words)).screen).toContain("\u001b[31mkugetsu:")
    const plain = yield* onTerminal(words, { env: { NO_COLOR: "1" } })
    expect([plain.code, plain.screen.includes("\u001b")]).toEqual([1, false])
  }),
)

effectTest("status is one word for programs, and tells people more", () =>
  Effect.gen(function* () {
    const { kugetsu, onTerminal } = yield* freshPerson
    expect((yield* kugetsu(["status"])).stdout).toBe("kugetsu_not_initialized\n")
    const { code, screen } = yield* onTerminal(["status"], { env: { NO_COLOR: "1" } })
    expect([code, screen.split("\n")[0]]).toEqual([69, "kugetsu_not_initialized"])
    expect(screen).toContain("kugetsu init")
  }),
)

effectTest("completions are printed for three shells", () =>
  Effect.gen(function* () {
    const { kugetsu } = yield* freshPerson
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, stdout } = yield* kugetsu(["--completions", shell])
      expect([code, stdout.includes("continue")]).toEqual([0, true])
    }
  }),
)

effectTest("an unwritable home is told as such", () =>
  Effect.gen(function* () {
    const { kugetsu, home } = yield* freshPerson
    const file = path.join(home, "a file")
    fs.writeFileSync(file, "")
    const { code, stderr } = yield* kugetsu(["env", "set", "A", "1"], { env: { KUGETSU_DIR: path.join(file, "x") } })
    expect([code, stderr.includes("ENOTDIR")]).toEqual([74, true])
  }),
)

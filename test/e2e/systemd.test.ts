import { afterAll, beforeAll, expect, test } from "bun:test"
import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import { Effect, Exit, Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"
import { ref, until } from "../kit/queueStage.ts"
import { fakeStage } from "../kit/stage.ts"
import { userSystemd, withoutSystemd } from "../kit/userSystemd.ts"

const SERVICE = "kugetsu-queue-daemon.service"
const SLICE = "kugetsu-agents.slice"

const scope = Scope.makeUnsafe()
const patienceMs = 120_000

const makeWorld = Effect.gen(function* () {
  const stage = yield* fakeStage({ run: { events: goodTurn("well") } })
  stage.repository("tool")
  const { enter, runtimeDirectory } = yield* userSystemd(stage.home)
  const config = path.join(stage.kugetsuHome, "config")
  const usual = `${fs.readFileSync(config, "utf8")}
OPENCODE_BIN="${stage.opencode.program}"
GIT_AUTHOR_NAME=Ann
GIT_AUTHOR_EMAIL=ann@example.org
`
  fs.writeFileSync(config, usual)
  const env = {
    PATH: process.env.PATH,
    HOME: stage.home,
    KUGETSU_DIR: stage.kugetsuHome,
    XDG_RUNTIME_DIR: runtimeDirectory,
    TMPDIR: stage.home,
  }

  /** A program where the systemd is; its exit code and what it said. */
  const run = (words: ReadonlyArray<string>, more: Readonly<Record<string, string>> = {}) =>
    Effect.promise(async () => {
      const child = Bun.spawn([...enter, ...words], {
        cwd: stage.home,
        env: { ...env, ...more },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      })
      const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, stdout, stderr }
    })
  const kugetsu = (words: ReadonlyArray<string>, more?: Readonly<Record<string, string>>) =>
    Effect.map(run([...kugetsuCommand, ...words, "--json"], more), ({ code, stderr, stdout }) => ({
      code,
      stderr,
      answer: JSON.parse(stdout === "" ? "null" : stdout),
    }))
  /** Of a command that must succeed. */
  const answer = Effect.fnUntraced(function* (words: ReadonlyArray<string>, more?: Readonly<Record<string, string>>) {
    const { answer, code, stderr } = yield* kugetsu(words, more)
    if (code !== 0) throw new Error(`${words.join(" ")}: exit ${code}: ${JSON.stringify(answer)} ${stderr}`)
    return answer
  })
  const systemctl = Effect.fnUntraced(function* (...words: ReadonlyArray<string>) {
    const { code, stderr, stdout } = yield* run(["systemctl", "--user", ...words])
    if (code !== 0) throw new Error(`systemctl ${words.join(" ")}: ${stderr}`)
    return stdout
  })
  /** Properties of a unit, by name. */
  const show = (unit: string, ...names: ReadonlyArray<string>) =>
    Effect.map(systemctl("show", unit, `--property=${names.join(",")}`), (text) =>
      Object.fromEntries(
        text
          .trim()
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      ),
    )
  const fileOf = (place: string, id: string) => {
    const dir = path.join(stage.kugetsuHome, "queue", place)
    const name = fs.existsSync(dir) ? fs.readdirSync(dir).find((one) => one.startsWith(`${id}.`)) : undefined
    return name === undefined ? null : path.join(dir, name)
  }
  return {
    ...stage,
    run,
    kugetsu,
    answer,
    systemctl,
    show,
    units: path.join(stage.home, ".config", "systemd", "user"),
    configure: (lines = "") => fs.writeFileSync(config, `${usual}${lines}\n`),
    delegate: (issue: number) =>
      Effect.map(answer(["delegate", "go", "--issue", ref(issue)]), ({ id }: { id: string }) => id),
    runOf: (id: string) =>
      until(`${id} works`, () => {
        const file = fileOf("running", id)
        const run = file === null ? null : path.basename(file).split(".")[1]!
        return run !== null && fs.existsSync(path.join(stage.kugetsuHome, "runs", run, "agent.json")) ? run : null
      }),
    ended: (id: string) =>
      Effect.map(
        until(`${id} ends`, () => fileOf("done", id)),
        (file) => JSON.parse(fs.readFileSync(file, "utf8")) as QueueItem,
      ),
    exit: (run: string) =>
      JSON.parse(fs.readFileSync(path.join(stage.kugetsuHome, "runs", run, "exit.json"), "utf8")) as Record<
        string,
        unknown
      >,
    /** How often an agent was started for each issue. */
    starts: () => stage.opencode.starts().filter(({ args }) => args[0] === "run"),
  }
})

let world: Effect.Success<typeof makeWorld>
const worldTest = <A, E>(name: string, body: () => Effect.Effect<A, E, Scope.Scope>) =>
  withoutSystemd === null
    ? test(name, () => Effect.runPromise(Effect.scoped(Effect.suspend(body))).then(() => undefined), patienceMs)
    : test.skip(`under systemd ${name} (${withoutSystemd})`, () => undefined)

if (withoutSystemd === null) {
  beforeAll(async () => {
    world = await Effect.runPromise(Scope.provide(makeWorld, scope))
  }, patienceMs)
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), patienceMs)
}

const limits = "AGENT_MEMORY_MAX=1500M\nAGENT_CPU_QUOTA=150%\nAGENT_TASKS_MAX=500\n"

worldTest(
  "install writes units that systemd finds nothing to say of, and says how the person's systemd would stay",
  () =>
    Effect.gen(function* () {
      world.configure(limits)
      const installed = yield* world.answer(["queue-daemon", "install"], {
        PATH: `${process.env.PATH}:/odd "dir"/50%$HOME`,
      })
      expect(installed).toMatchObject({
        missing: [],
        lingers: false,
        linger_command: "sudo loginctl enable-linger root",
      })
      expect(installed.path).toContain('/odd "dir"/50%$HOME')
      for (const unit of [SERVICE, SLICE]) {
        const verified = yield* world.run(["systemd-analyze", "--user", "verify", path.join(world.units, unit)])
        expect([unit, verified.code, verified.stderr]).toEqual([unit, 0, ""])
      }
      expect(yield* world.show(SERVICE, "Type", "NotifyAccess", "KillMode", "UnitFileState")).toEqual({
        Type: "notify",
        NotifyAccess: "main",
        KillMode: "mixed",
        UnitFileState: "enabled",
      })
      expect(yield* world.show(SLICE, "MemoryMax", "TasksMax", "CPUQuotaPerSecUSec")).toEqual({
        MemoryMax: String(4 * 1500 * 1024 * 1024),
        TasksMax: "2000",
        CPUQuotaPerSecUSec: "6s",
      })
      const text = fs.readFileSync(path.join(world.units, SERVICE), "utf8")
      yield* world.answer(["queue-daemon", "install"], { PATH: `${process.env.PATH}:/odd "dir"/50%$HOME` })
      expect(fs.readFileSync(path.join(world.units, SERVICE), "utf8")).toBe(text)
      const other = yield* world.kugetsu(["queue-daemon", "install"], { KUGETSU_DIR: path.join(world.home, "other") })
      expect([other.code, other.answer.error]).toEqual([73, "ServiceOfOtherHome"])
    }),
)

worldTest("start returns when the service serves, and its agents find the PATH of the install", () =>
  Effect.gen(function* () {
    const started = yield* world.answer(["queue-daemon", "start"])
    const { MainPID, StatusText, ActiveState } = yield* world.show(SERVICE, "MainPID", "StatusText", "ActiveState")
    expect([String(started.pid), ActiveState]).toEqual([MainPID!, "active"])
    expect(StatusText).toMatch(/serves the queue|at work/)
    expect(yield* world.answer(["queue-daemon", "status"])).toEqual({ ...started, service: SERVICE, of_service: true })
    const again = yield* world.kugetsu(["queue-daemon", "start"])
    expect([again.code, again.answer.error]).toEqual([75, "DaemonRunning"])
    // systemd starts it outside of the run of whoever asks
    const inside = yield* world.kugetsu(["queue-daemon", "start"], { KUGETSU_RUN: "r_20261120T063012_k3f9qa" })
    expect([inside.code, inside.answer.error]).toEqual([75, "DaemonRunning"])
    const id = yield* world.delegate(1)
    yield* world.ended(id)
    const { PATH, NOTIFY_SOCKET, KUGETSU_SERVICE } = world.starts()[0]!.env
    expect(PATH).toContain('/odd "dir"/50%$HOME')
    expect([NOTIFY_SOCKET, KUGETSU_SERVICE]).toEqual([undefined, undefined])
  }),
)

worldTest("three agents work on while the daemon is restarted and killed: each is started once and ends well", () =>
  Effect.gen(function* () {
    const before = world.starts().length
    const permit = path.join(world.home, "they may end")
    const wait = `while [ ! -e '${permit}' ]; do sleep 0.1; done`
    world.opencode.plan({ run: { events: goodTurn("well"), shell: wait } })
    const ids = yield* Effect.forEach([11, 12, 13], world.delegate)
    const runs = yield* Effect.forEach(ids, world.runOf)
    for (const run of runs) {
      const unit = `kugetsu-agent-${run}.scope`
      expect(
        yield* world.show(unit, "Slice", "MemoryMax", "MemorySwapMax", "TasksMax", "CPUQuotaPerSecUSec", "OOMPolicy"),
      ).toEqual({
        Slice: SLICE,
        MemoryMax: String(1500 * 1024 * 1024),
        MemorySwapMax: "0",
        TasksMax: "500",
        CPUQuotaPerSecUSec: "1.500000s",
        OOMPolicy: "continue",
      })
      expect((yield* world.show(unit, "RuntimeMaxUSec")).RuntimeMaxUSec).toBe("2h 5min")
    }
    const { pid } = yield* world.answer(["queue-daemon", "restart"])
    yield* world.systemctl("kill", "--signal=KILL", SERVICE)
    const next = yield* Effect.repeat(world.kugetsu(["queue-daemon", "status"]), {
      until: ({ answer }): boolean => answer.running && answer.pid !== pid,
    })
    expect(next.answer.of_service).toBe(true)
    expect((yield* world.show(SERVICE, "NRestarts")).NRestarts).toBe("1")
    fs.writeFileSync(permit, "")
    const items = yield* Effect.forEach(ids, world.ended)
    expect(items.map(({ state, run, attempts }) => [state, run as string, attempts])).toEqual(
      runs.map((run) => ["completed", run, 1]),
    )
    expect(world.starts().length - before).toBe(3)
  }),
)

worldTest("a daemon that hangs is ended by the watchdog, and the next one goes on where it was", () =>
  Effect.gen(function* () {
    world.opencode.plan({ run: { events: goodTurn("well") } })
    const dropIn = path.join(world.units, `${SERVICE}.d`)
    fs.mkdirSync(dropIn)
    fs.writeFileSync(
      path.join(dropIn, "test.conf"),
      `[Service]\nWatchdogSec=3\nEnvironment=KUGETSU_CRASH_AT=daemon.started KUGETSU_CRASH_BY=standstill "KUGETSU_CRASH_ONCE=${world.home}/hung"\n`,
    )
    const { pid } = yield* world.answer(["queue-daemon", "restart"])
    const restartsBefore = (yield* world.show(SERVICE, "NRestarts")).NRestarts
    const id = yield* world.delegate(21)
    const item = yield* world.ended(id)
    expect([item.state, item.attempts, fs.existsSync(`${world.home}/hung`)]).toEqual(["completed", 1, true])
    const status = yield* world.answer(["queue-daemon", "status"])
    expect([status.of_service, status.pid === pid]).toEqual([true, false])
    expect(Number((yield* world.show(SERVICE, "NRestarts")).NRestarts)).toBe(Number(restartsBefore) + 1)
    fs.rmSync(dropIn, { recursive: true })
    expect((yield* world.answer(["queue-daemon", "restart"])).running).toBe(true)
  }),
)

worldTest("an agent that systemd gives no scope is not started outside of one, and starts when it does", () =>
  Effect.gen(function* () {
    const before = world.starts().length
    world.configure("AGENT_TASKS_MAX=999%")
    const id = yield* world.delegate(31)
    const news = Effect.map(world.answer(["notify", "list"]), (all: ReadonlyArray<{ type: string; message: string }>) =>
      all.find(({ type }) => type === "held_back"),
    )
    const told = yield* Effect.repeat(news, { until: (found) => found !== undefined })
    const message = told?.message
    expect(message).toContain(`${id} cannot be started: systemd did not make kugetsu-agent-`)
    expect(message).toContain("TasksMax")
    expect(world.starts().length).toBe(before)
    world.configure()
    // who mends it need not wait for the next try
    yield* world.answer(["queue-daemon", "restart"])
    const item = yield* world.ended(id)
    expect([item.state, item.attempts, world.starts().length - before]).toEqual(["completed", 1, 1])
  }),
)

worldTest(
  "what a killed supervisor left ends with its scope, though it has neither environment nor parents of the run",
  () =>
    Effect.gen(function* () {
      world.opencode.plan({ run: { shell: "env -i setsid sleep 678 >/dev/null 2>&1 &", hang: true } })
      const id = yield* world.delegate(35)
      const run = yield* world.runOf(id)
      const processes = Effect.map(
        world.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]),
        ({ stdout }) => stdout,
      )
      yield* Effect.repeat(processes, { until: (all): boolean => all.includes("sleep 678") })
      const record = path.join(world.kugetsuHome, "runs", run, "supervisor.json")
      const { supervisor } = JSON.parse(fs.readFileSync(record, "utf8"))
      yield* world.run(["kill", "-KILL", String(supervisor.pid)])
      yield* until("it is lost", () => fs.existsSync(path.join(world.kugetsuHome, "runs", run, "exit.json")))
      expect(world.exit(run).outcome).toBe("lost")
      expect(yield* processes).not.toContain("sleep 678")
      yield* world.answer(["queue", "cancel", id])
    }),
)

worldTest("everything is stopped at once, and what was interrupted is done when the daemon serves again", () =>
  Effect.gen(function* () {
    world.opencode.plan({ run: { hang: true, setsidChild: true } })
    const id = yield* world.delegate(41)
    const run = yield* world.runOf(id)
    yield* world.systemctl("stop", SERVICE, SLICE)
    expect(yield* world.show(SLICE, "ActiveState")).toEqual({ ActiveState: "inactive" })
    const left = (yield* world.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"])).stdout
    expect(left).not.toContain("agent-run")
    expect(left).not.toContain("sleep 600")
    expect(world.exit(run)).toMatchObject({ outcome: "lost", interrupted: true })
    expect((yield* world.kugetsu(["queue-daemon", "status"])).code).toBe(69)
    world.opencode.plan({ run: { events: goodTurn("well") } })
    yield* world.answer(["queue-daemon", "start"])
    expect((yield* world.ended(id)).state).toBe("completed")
  }),
)

worldTest("an agent started by hand has a scope only where the person's systemd stays", () =>
  Effect.gen(function* () {
    world.opencode.plan({ run: { events: goodTurn("well"), delayMs: 3000 } })
    const unitOf = Effect.fnUntraced(function* (issue: number) {
      const { run } = yield* world.answer(["start", ref(issue), "go", "--detach"])
      return (yield* world.show(`kugetsu-agent-${run}.scope`, "ActiveState")).ActiveState
    })
    expect(yield* unitOf(51)).toBe("inactive")
    yield* world.run(["mkdir", "-p", "/var/lib/systemd/linger"])
    yield* world.run(["touch", "/var/lib/systemd/linger/root"])
    expect(yield* unitOf(52)).toBe("active")
    expect((yield* world.answer(["queue-daemon", "install"])).lingers).toBe(true)
  }),
)

worldTest(
  "uninstall ends the service and leaves neither unit nor link, and the daemon is again a process like others",
  () =>
    Effect.gen(function* () {
      expect(yield* world.answer(["queue-daemon", "uninstall"])).toEqual({ removed: true })
      expect([...new Bun.Glob("**/*").scanSync({ cwd: world.units })]).toEqual([])
      expect((yield* world.kugetsu(["queue-daemon", "status"])).answer).toMatchObject({ running: false, service: null })
      expect(yield* world.answer(["queue-daemon", "uninstall"])).toEqual({ removed: false })
      yield* world.answer(["queue-daemon", "start"])
      expect((yield* world.kugetsu(["queue-daemon", "status"])).answer).toMatchObject({
        running: true,
        of_service: false,
      })
      expect((yield* world.answer(["queue-daemon", "stop"])).stopped).toBe(true)
    }),
)

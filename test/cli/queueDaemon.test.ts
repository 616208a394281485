import { expect } from "bun:test"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { identityOf } from "@kugetsu/core/system/ProcessTable"
import * as DaemonLog from "@kugetsu/daemon/DaemonLog"
import { environmentLine } from "@kugetsu/daemon/systemd/unitText"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import manifest from "../../packages/cli/package.json" with { type: "json" }
import { effectTest } from "../kit/effectTest.ts"
import { type FakePlan, goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, ref, until } from "../kit/queueStage.ts"

const slow: FakePlan = { run: { events: goodTurn("done at last"), delayMs: 4000 } }

effectTest("a delegated task is started, ends in one outcome, and each step is told once", () =>
  Effect.gen(function* () {
    const { answer, daemon, delegate, opencode, untilIn } = yield* queueStage({ run: { events: goodTurn("well") } })
    yield* daemon()
    const id = yield* delegate([`look at ${ref(1)}`])
    const item = yield* untilIn("done", id)
    expect(item).toMatchObject({ state: "completed", attempts: 1, error: null, pid: null })
    const [run, ...others] = yield* answer(["logs"])
    expect([run.run, run.outcome, others]).toEqual([item.run, "no_change", []])
    const starts = opencode.starts().filter(({ args }) => args[0] === "run")
    expect(starts.map(({ stdin }) => stdin?.endsWith(`look at ${ref(1)}`))).toEqual([true])
    const told = yield* answer(["notify", "list"])
    expect(told.map(({ type, issue_ref }: Record<string, string>) => [type, issue_ref])).toEqual([
      ["task_queued", ref(1)],
      ["task_dequeued", ref(1)],
      ["task_started", ref(1)],
      ["task_completed", ref(1)],
    ])
    expect(told[3].message).toContain("well")
  }),
)

effectTest("a ruined record is told, and a second one of the same name too, each once", () =>
  Effect.gen(function* () {
    const { answer, daemon, kugetsuHome } = yield* queueStage()
    yield* daemon()
    const queue = path.join(kugetsuHome, "queue")
    yield* until("the queue is there", () => fs.existsSync(path.join(queue, "bad")))
    for (const round of [1, 2]) {
      fs.writeFileSync(path.join(queue, "items", "q_broken.json"), "{")
      const told = () => {
        const file = path.join(kugetsuHome, "notifications.json")
        const all = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Array<{ type: string }>) : []
        return all.filter(({ type }) => type === "queue_quarantined").length
      }
      yield* until("it is told", () => told() >= round, 8000)
      expect(told()).toBe(round)
      for (const name of fs.readdirSync(path.join(queue, "bad")))
        fs.rmSync(path.join(queue, "bad", name), { force: true })
    }
    expect((yield* answer(["status"])).quarantined).toEqual([])
  }),
)

effectTest("a queue that was deleted while no daemon ran is told by the next one, and the one after says no more", () =>
  Effect.gen(function* () {
    const { answer, daemon, delegate, kugetsuHome } = yield* queueStage()
    yield* delegate([`look at ${ref(1)}`, "--not-before", "1d"])
    fs.rmSync(path.join(kugetsuHome, "queue"), { recursive: true })
    yield* delegate([`look at ${ref(2)}`, "--not-before", "1d"])
    const told = Effect.map(answer(["notify", "list"]), (all: ReadonlyArray<{ type: string }>) =>
      all.filter(({ type }) => type === "queue_lost"),
    )
    for (let round = 0; round < 2; round++) {
      const child = yield* daemon()
      const log = path.join(kugetsuHome, "notifications.json")
      yield* until("it is told", () => fs.readFileSync(log, "utf8").includes("queue_lost"))
      expect((yield* told).length).toBe(1)
      child.kill()
      yield* Effect.promise(() => child.exited)
      fs.rmSync(path.join(kugetsuHome, "queue", "daemon.pid"))
    }
    expect((yield* answer(["queue", "list"])).map(({ issue_ref }: { issue_ref: string }) => issue_ref)).toEqual([
      ref(2),
    ])
  }),
)

effectTest("a task that names no issue runs as the PM, beside as many agents as may run", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(slow)
    yield* made.daemon({ MAX_CONCURRENT_AGENTS: "1" })
    const agent = yield* made.delegate([`look at ${ref(1)}`])
    yield* made.untilRuns(agent)
    const pm = yield* made.delegate(["tidy up"])
    const run = yield* made.untilRuns(pm)
    const { slots } = yield* made.answer(["status"], { env: { MAX_CONCURRENT_AGENTS: "1" } })
    expect(slots).toEqual({ limit: 1, used: 1 })
    expect((yield* made.answer(["logs", run])).agent).toBe("pm-agent")
    yield* made.untilIn("done", pm)
  }),
)

effectTest("while an agent works its item names its process and session, and afterwards the session", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(slow)
    yield* made.daemon()
    const id = yield* made.delegate([`look at ${ref(1)}`])
    const run = yield* made.untilRuns(id)
    const running = path.join(made.kugetsuHome, "queue", "running", `${id}.${run}.json`)
    yield* until("it is noted", () => fs.existsSync(running) && /"pid": \d/.test(fs.readFileSync(running, "utf8")))
    const [agent] = made.opencode.starts().filter(({ args }) => args[0] === "run")
    const item = yield* made.item(id)
    expect([item.state, item.pid]).toEqual(["notified", agent!.pid])
    expect(agent!.args).toContain(`--session=${item.opencode_session_id}`)
    const { opencode_session_id, pid } = yield* made.untilIn("done", id)
    expect([opencode_session_id, pid]).toEqual([item.opencode_session_id, null])
  }),
)

effectTest("start gives a daemon that serves and outlives its terminal, status names it, stop ends it", () =>
  Effect.gen(function* () {
    const { answer, json, kugetsuHome, run } = yield* queueStage()
    const before = yield* json(["queue-daemon", "status"])
    const nothing = { running: false, pid: null, version: null, since: null, outdated: false }
    expect([before.code, before.answer]).toEqual([69, { ...nothing, service: null, of_service: false }])
    const started = yield* answer(["queue-daemon", "start"])
    expect(started).toEqual({
      running: true,
      pid: expect.any(Number),
      version: manifest.version,
      since: expect.any(String),
      outdated: false,
    })
    expect(yield* answer(["queue-daemon", "status"])).toEqual({ ...started, service: null, of_service: false })
    expect((yield* answer(["status"])).daemon).toEqual(started)
    const again = yield* json(["queue-daemon", "start"])
    expect([again.code, again.answer.error, again.answer.message]).toEqual([
      75,
      "DaemonRunning",
      `a daemon is running already (pid ${started.pid})`,
    ])
    expect((yield* run(["queue-daemon", "logs", "1"])).stdout).toContain(`serves the queue as process ${started.pid}`)
    expect(fs.readFileSync(path.join(kugetsuHome, "queue", "daemon.stderr.log"), "utf8")).toBe("")
    expect(yield* answer(["queue-daemon", "stop"])).toEqual({ stopped: true, pid: started.pid })
    expect(identityOf(started.pid)).toBeNull()
    expect(yield* answer(["queue-daemon", "stop"])).toEqual({ stopped: false, pid: null })
  }),
)

effectTest("a daemon of another version is named with what replaces it", () =>
  Effect.gen(function* () {
    const { answer, kugetsuHome, onTerminal, env } = yield* queueStage()
    yield* answer(["queue-daemon", "start"])
    const file = path.join(kugetsuHome, "queue", "daemon.json")
    const record = JSON.parse(fs.readFileSync(file, "utf8"))
    fs.writeFileSync(file, JSON.stringify({ ...record, kugetsu: "0.0.9" }))
    for (const words of [["status"], ["queue-daemon", "status"]]) {
      const { screen } = yield* onTerminal(words, { env })
      expect(screen).toContain(`kugetsu 0.0.9, for`)
      expect(screen).toContain(`this is ${manifest.version}, take it with: kugetsu queue-daemon restart`)
    }
    expect((yield* answer(["status"])).daemon).toMatchObject({ version: "0.0.9", outdated: true })
    expect(yield* answer(["queue-daemon", "restart"])).toMatchObject({ version: manifest.version, outdated: false })
    expect((yield* answer(["queue-daemon", "stop"])).stopped).toBe(true)
  }),
)

effectTest("uninstall removes the unit of this home, and no other's, where no systemd can be asked", () =>
  Effect.gen(function* () {
    const { answer, home, kugetsuHome } = yield* queueStage()
    const units = path.join(home, ".config", "systemd", "user")
    const link = path.join(units, "default.target.wants", "kugetsu-queue-daemon.service")
    const env = { XDG_RUNTIME_DIR: path.join(home, "nowhere") }
    for (const [root, removed, left] of [
      [path.join(home, "elsewhere"), false, 3],
      [kugetsuHome, true, 0],
    ] as const) {
      fs.mkdirSync(path.dirname(link), { recursive: true })
      fs.writeFileSync(path.join(units, "kugetsu-queue-daemon.service"), `${environmentLine("KUGETSU_DIR", root)}\n`)
      fs.writeFileSync(path.join(units, "kugetsu-agents.slice"), "")
      fs.rmSync(link, { force: true })
      fs.symlinkSync(path.join(units, "kugetsu-queue-daemon.service"), link)
      expect(yield* answer(["queue-daemon", "uninstall"], { env })).toEqual({ removed })
      const files = fs.readdirSync(units, { recursive: true }).filter((name) => String(name) !== "default.target.wants")
      expect(files).toHaveLength(left)
    }
  }),
)

effectTest("install without systemd says what to do instead", () =>
  Effect.gen(function* () {
    const { home, json } = yield* queueStage()
    const refused = yield* json(["queue-daemon", "install"], { env: { XDG_RUNTIME_DIR: path.join(home, "nowhere") } })
    expect([refused.code, refused.answer.error]).toEqual([69, "SystemdUnreachable"])
    expect(refused.answer.remedy).toMatch(/kugetsu queue-daemon run|enable-linger/)
    expect(fs.existsSync(path.join(home, ".config", "systemd"))).toBe(false)
  }),
)

effectTest("the agent works on while its daemon is replaced, and its outcome is settled once", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(slow)
    const first = yield* made.answer(["queue-daemon", "start"])
    const id = yield* made.delegate([`look at ${ref(1)}`])
    const run = yield* made.untilRuns(id)
    const second = yield* made.answer(["queue-daemon", "restart"])
    expect([second.running, second.pid === first.pid]).toEqual([true, false])
    expect((yield* made.answer(["explain", id])).running).toBe(true)
    const item = yield* made.untilIn("done", id)
    expect([item.state, item.run, item.attempts]).toEqual(["completed", run as typeof item.run, 1])
    expect(made.opencode.starts().filter(({ args }) => args[0] === "run")).toHaveLength(1)
    yield* made.answer(["queue-daemon", "stop"])
  }),
)

effectTest("an agent that ends while no daemon runs is settled by the next one", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(slow)
    const daemon = yield* made.daemon()
    const id = yield* made.delegate([`look at ${ref(1)}`])
    const run = yield* made.untilRuns(id)
    daemon.kill("SIGKILL")
    yield* Effect.promise(() => daemon.exited)
    yield* until("the run ended", () => fs.existsSync(path.join(made.kugetsuHome, "runs", run, "exit.json")))
    const between = yield* made.answer(["explain", id])
    expect([between.running, between.gate, between.detail.includes("the next daemon")]).toEqual([
      false,
      "unsettled",
      true,
    ])
    yield* made.daemon()
    expect((yield* made.untilIn("done", id)).state).toBe("completed")
  }),
)

effectTest("in the foreground SIGTERM is a good end, and Ctrl-C an interruption", () =>
  Effect.gen(function* () {
    const made = yield* queueStage()
    for (const [signal, code] of [
      ["SIGTERM", 0],
      ["SIGINT", 130],
    ] as const) {
      const daemon = made.start(["queue-daemon", "run"])
      yield* Effect.promise(async () => {
        let said = ""
        for await (const bytes of daemon.stderr) {
          said += new TextDecoder().decode(bytes)
          if (said.includes("serves the queue")) break
        }
      })
      daemon.kill(signal)
      expect([signal, yield* Effect.promise(() => daemon.exited)]).toEqual([signal, code])
    }
    const journal = fs.readFileSync(path.join(made.kugetsuHome, "logs", "journal.ndjson"), "utf8")
    expect(journal.match(/daemon_down/g)).toHaveLength(2)
  }),
)

effectTest("of two daemons that start at the same time one serves, and the other names it", () =>
  Effect.gen(function* () {
    const made = yield* queueStage()
    const both = yield* Effect.all([made.json(["queue-daemon", "start"]), made.json(["queue-daemon", "start"])], {
      concurrency: 2,
    })
    const [winner, loser] = both.sort((a, b) => a.code - b.code)
    expect([winner!.code, loser!.code]).toEqual([0, 75])
    expect(loser!.answer.message).toContain(String(winner!.answer.pid))
    yield* made.answer(["queue-daemon", "stop"])
    expect((yield* made.json(["queue-daemon", "status"])).code).toBe(69)
  }),
)

effectTest("a daemon that cannot come up says why, and the old one goes on", () =>
  Effect.gen(function* () {
    const { answer, json, kugetsuHome } = yield* queueStage()
    const { pid } = yield* answer(["queue-daemon", "start"])
    const config = path.join(kugetsuHome, "config")
    const good = fs.readFileSync(config)
    fs.appendFileSync(config, "\nMAX_CONCURRENT_AGENTS=lots\n")
    const inside = { env: { KUGETSU_RUN: "r_20261120T063012_k3f9qa" } }
    const elsewhere = { env: { KUGETSU_DIR: "/dev/null/home" } }
    for (const [verb, options, code] of [
      ["run", {}, 78],
      ["start", {}, 78],
      ["restart", {}, 78],
      ["run", inside, 73],
      ["start", inside, 73],
      ["restart", inside, 73],
      ["run", elsewhere, 74],
      ["start", elsewhere, 74],
    ] as const) {
      const failed = yield* json(["queue-daemon", verb], options)
      expect([verb, failed.code, failed.answer.code]).toEqual([verb, code, code])
    }
    fs.writeFileSync(config, good)
    expect((yield* answer(["queue-daemon", "status"])).pid).toBe(pid)
  }),
)

effectTest("a daemon whose record was deleted is found again, and can be ended", () =>
  Effect.gen(function* () {
    const { answer, kugetsuHome } = yield* queueStage()
    const { pid } = yield* answer(["queue-daemon", "start"])
    const record = path.join(kugetsuHome, "queue", "daemon.json")
    fs.rmSync(record)
    yield* until("the record is there again", () => fs.existsSync(record))
    expect((yield* answer(["queue-daemon", "status"])).pid).toBe(pid)
    expect((yield* answer(["queue-daemon", "stop"])).stopped).toBe(true)
  }),
)

effectTest("while the config is broken the daemon works on under the last good one, and says so once", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { events: goodTurn("well") } })
    const config = path.join(made.kugetsuHome, "config")
    fs.appendFileSync(config, "\nKUGETSU_MODEL=good/model\n")
    yield* made.daemon()
    yield* made.untilIn("done", yield* made.delegate(["go", "--issue", ref(1)]))
    const id = yield* made.delegate(["go", "--issue", ref(2), "--not-before", "2s"])
    fs.appendFileSync(config, "\nKUGETSU_MODEL=other/model\nMAX_CONCURRENT_AGENTS=lots\n")
    expect((yield* made.untilIn("done", id)).state).toBe("completed")
    const starts = made.opencode.starts().filter(({ args }) => args[0] === "run")
    expect(starts.map(({ args }) => args.at(-1))).toEqual(["--model=good/model", "--model=good/model"])

    const refused = yield* made.json(["start", ref(3), "go"])
    expect([refused.code, refused.answer.message.includes("MAX_CONCURRENT_AGENTS")]).toEqual([78, true])
    fs.writeFileSync(config, "")
    const told = yield* made.answer(["notify", "list"])
    expect(told.filter(({ type }: { type: string }) => type === "config_broken")).toHaveLength(1)
    const log = fs.readFileSync(path.join(made.kugetsuHome, "queue", "daemon.log"), "utf8")
    expect(log.split("MAX_CONCURRENT_AGENTS: ")).toHaveLength(2)
  }),
)

effectTest("notifications that cannot be written keep no task from being done, and follow once they can", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { events: goodTurn("well") } })
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    const notifications = path.join(made.kugetsuHome, "notifications.json")
    const good = fs.readFileSync(notifications)
    fs.writeFileSync(notifications, "{")
    fs.writeFileSync(path.join(made.kugetsuHome, "queue", "items", "q_broken.json"), "{")
    yield* made.daemon()
    expect((yield* made.untilIn("done", id)).state).toBe("completed")
    const later = yield* made.delegate(["go", "--issue", ref(2)])
    expect((yield* made.untilIn("done", later)).state).toBe("completed")
    fs.writeFileSync(notifications, good)
    const told = () => fs.readFileSync(notifications, "utf8")
    yield* until("the broken item was told of", () => told().includes("q_broken.json"))
    yield* until("both ends were told of", () => told().match(/task_completed"/g)?.length === 4)
    const log = fs.readFileSync(path.join(made.kugetsuHome, "queue", "daemon.log"), "utf8")
    const said = log.split("\n").map((line) => line.split(" message=")[1])
    expect(said.filter((line, at) => said.indexOf(line) !== at)).toEqual([])
  }),
)

effectTest("the log is followed across its rotation", () =>
  Effect.gen(function* () {
    const made = yield* queueStage()
    const log = path.join(made.kugetsuHome, "queue", "daemon.log")
    fs.mkdirSync(path.dirname(log), { recursive: true })
    fs.writeFileSync(log, "one\ntwo\nthree\n")
    const follower = made.start(["queue-daemon", "logs", "2", "-f", "--json"])
    const lines: Array<string> = []
    const reading = (async () => {
      let text = ""
      for await (const bytes of follower.stdout) {
        text += new TextDecoder().decode(bytes)
        lines.splice(0, lines.length, ...text.split("\n").slice(0, -1))
      }
    })()
    yield* until("the end of the log", () => lines.length === 2)
    fs.appendFileSync(log, "four\n")
    yield* until("a new line", () => lines.length === 3)
    const daemonLog = DaemonLog.layer({ quiet: true, rotation: { limit: 19, kept: 3 } })
    const home = KugetsuHome.at(made.kugetsuHome)
    yield* Effect.provide(Effect.logInfo("five"), Layer.provide(daemonLog, home))
    expect(fs.readFileSync(`${log}.1`, "utf8")).toEndWith("four\n")
    yield* until("a line after the rotation", () => lines.length === 4)
    follower.kill("SIGINT")
    yield* Effect.promise(() => reading)
    const said = lines.map((line) => JSON.parse(line).line)
    expect(said).toEqual(["two", "three", "four", expect.stringContaining("five")])
    expect(yield* made.answer(["queue-daemon", "logs", "1"])).toEqual({ file: log, lines: [said[3]] })
  }),
)

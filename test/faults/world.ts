import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { Notification } from "@kugetsu/core/domain/Notification"
import { type QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { GitBox } from "../kit/git.ts"
import { type CheapOpencode, cheapOpencode } from "./cheapOpencode.ts"
import { writeProgram } from "./program.ts"

type Env = Readonly<Record<string, string>>
export type Daemon = ReturnType<World["start"]>

/** A home of its own, a repository, an agent that does what it is told, and real daemons over them. */
export class World {
  readonly home: string
  readonly opencode: CheapOpencode
  readonly env: Env
  readonly #records
  readonly #promised: Array<QueueItemId> = []
  #made = 0

  private constructor(
    readonly dir: string,
    readonly program: string,
    config: Env,
  ) {
    this.home = path.join(dir, "home")
    this.opencode = cheapOpencode(path.join(dir, "opencode"))
    const remote = new GitBox(dir).remote("app.git")
    fs.mkdirSync(this.home, { mode: 0o700, recursive: true })
    fs.writeFileSync(path.join(this.home, "repos.json"), JSON.stringify({ "example.org/ann/app": remote }))
    const lines = Object.entries({ OPENCODE_BIN: this.opencode.program, ...config })
    fs.writeFileSync(path.join(this.home, "config"), lines.map(([key, value]) => `${key}='${value}'\n`).join(""))
    this.env = {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      HOME: dir,
      KUGETSU_DIR: this.home,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ann",
      GIT_AUTHOR_EMAIL: "ann@example.org",
      TMPDIR: dir,
      TZ: "UTC",
    }
    this.#records = ManagedRuntime.make(
      Layer.mergeAll(FileQueue.layer, Runs.layer, Notifications.layer, Sessions.layer).pipe(
        Layer.provide(KugetsuHome.at(this.home)),
      ),
    )
  }

  /** Everything of it is ended and removed afterwards; with FAULTS_KEEP it stays, for a look. */
  static async with<A>(
    use: (world: World) => Promise<A>,
    config: Env = {},
    /** Is given the place of the home before it is there. */
    onPlace: (home: string) => void = () => undefined,
  ): Promise<A> {
    const dir = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "kugetsu faults-"))
    onPlace(path.join(dir, "home"))
    const world = new World(dir, await writeProgram(path.join(dir, "program")), config)
    try {
      return await use(world)
    } finally {
      for (let round = 0; world.leftovers().length > 0 && round < 100; round++) {
        for (const { pid } of world.leftovers()) killIfThere(pid, "SIGKILL")
        await Bun.sleep(20)
      }
      await world.#records.dispose()
      if (process.env.FAULTS_KEEP === undefined) fs.rmSync(world.dir, { recursive: true, force: true })
      else process.stderr.write(`kept: ${world.dir}\n`)
    }
  }

  start(words: ReadonlyArray<string>, env: Env = {}) {
    const log = fs.openSync(path.join(this.dir, `${words[0]}.log`), "a")
    const child = Bun.spawn([process.execPath, this.program, ...words], {
      cwd: this.dir,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", log],
    })
    fs.closeSync(log)
    return child
  }

  daemon(env: Env = {}) {
    return this.start(["daemon"], env)
  }

  /** Runs to the end. */
  async run(words: ReadonlyArray<string>, env: Env = {}) {
    const child = this.start(words, env)
    const stdout = await new Response(child.stdout).text()
    await child.exited
    return { stdout, code: child.exitCode, signal: child.signalCode }
  }

  log(words: string): string {
    const file = path.join(this.dir, `${words}.log`)
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
  }

  newId(): QueueItemId {
    return QueueItemId.make(`q_${Date.now()}_${(this.#made++).toString(36).padStart(6, "0")}`)
  }

  /** Must end in one outcome from now on. */
  expect(id: QueueItemId): void {
    this.#promised.push(id)
  }

  async enqueue(issue: number, message: string): Promise<QueueItemId> {
    const ref = await Effect.runPromise(Effect.fromResult(parseIssueRef(`example.org/ann/app#${issue}`)))
    const { item } = await this.queue((queue) => queue.enqueue({ id: this.newId(), issue: ref, message }))
    this.expect(item.id)
    return item.id
  }

  queue<A, E>(use: (queue: Queue["Service"]) => Effect.Effect<A, E>): Promise<A> {
    return this.#records.runPromise(Effect.flatMap(Queue, use))
  }

  items(): Promise<ReadonlyArray<QueueItem>> {
    return this.queue((queue) => queue.list())
  }

  async item(id: QueueItemId): Promise<QueueItem | undefined> {
    return (await this.items()).find((item) => item.id === id)
  }

  runs(): Promise<ReadonlyArray<RunRecord>> {
    return this.#records.runPromise(Effect.flatMap(Runs, ({ list }) => list))
  }

  notifications(): Promise<ReadonlyArray<Notification>> {
    return this.#records.runPromise(Effect.flatMap(Notifications, ({ list }) => list))
  }

  sessions() {
    return this.#records.runPromise(Effect.flatMap(Sessions, ({ list }) => list))
  }

  /** Waits until every promised item has ended, and the daemon has seen to every run; false when the time is up. */
  settled(limitMs: number): Promise<boolean> {
    return until(async () => {
      const { completed, error } = await this.queue((queue) => queue.stats)
      return completed + error >= this.#promised.length && this.#allSeen()
    }, limitMs)
  }

  #allSeen(): boolean {
    const runs = path.join(this.home, "runs")
    if (!fs.existsSync(runs)) return true
    return fs.readdirSync(runs).every((run) => {
      const has = (name: string) => fs.existsSync(path.join(runs, run, name))
      return has("seen") || !has("request.json")
    })
  }

  /** Every living process of this world. */
  leftovers(): ReadonlyArray<{ readonly pid: number; readonly command: string }> {
    const mark = Buffer.from(this.dir)
    return fs.readdirSync("/proc").flatMap((name) => {
      const pid = Number(name)
      if (!Number.isInteger(pid) || pid === process.pid) return []
      try {
        if (!fs.readFileSync(`/proc/${pid}/environ`).includes(mark)) return []
        return [{ pid, command: fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }]
      } catch {
        return [] // it has gone
      }
    })
  }

  /** Supervisors that look after a run now. */
  async supervisors(): Promise<ReadonlyArray<{ readonly run: string; readonly pid: number }>> {
    return (await this.runs()).flatMap(({ exit, request, supervisor }) =>
      exit === null && supervisor !== null && isAlive(supervisor.supervisor)
        ? [{ run: request.run, pid: supervisor.supervisor.pid }]
        : [],
    )
  }

  /** Waits until so many agents work. */
  async working(count: number): Promise<void> {
    await until(
      async () => (await this.runs()).filter(({ agent, exit }) => agent !== null && exit === null).length === count,
      60_000,
    )
  }

  get promised(): ReadonlyArray<QueueItemId> {
    return this.#promised
  }
}

export const killIfThere = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

/** Looks until it is so; false when the time is up. */
export const until = async (look: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> => {
  for (const end = performance.now() + limitMs; ;) {
    if (await look()) return true
    if (performance.now() > end) return false
    await Bun.sleep(25)
  }
}

/** Kills a daemon, and waits until it is gone. */
export const end = async (daemon: Daemon, signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
  daemon.kill(signal)
  await daemon.exited
}

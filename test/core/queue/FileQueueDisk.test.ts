import { expect } from "bun:test"
import { type QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { printItem } from "@kugetsu/core/domain/StoredItem"
import { Queue } from "@kugetsu/core/Queue"
import { tryAcquire } from "@kugetsu/core/system/Lock"
import { DateTime, Effect, Fiber, Option, Queue as Mailbox, type Scope, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"
import { enqueued } from "./conformance.ts"
import { fileQueueAt } from "./fileQueueAt.ts"
import { runId, task } from "./samples.ts"

interface Home {
  readonly dir: string
  readonly file: (...parts: ReadonlyArray<string>) => string
  readonly names: (place: string) => ReadonlyArray<string>
}

const onDisk = (sentence: string, body: (home: Home) => Effect.Effect<void, unknown, Queue | Scope.Scope>) =>
  effectTest(sentence, () =>
    Effect.flatMap(temporaryDirectory, (dir) => {
      const file = (...parts: ReadonlyArray<string>) => path.join(dir, "queue", ...parts)
      const names = (place: string) => (fs.existsSync(file(place)) ? fs.readdirSync(file(place)).sort() : [])
      return Effect.provide(body({ dir, file, names }), fileQueueAt(dir))
    }),
  )

/** Does something as another process would: with nothing remembered. */
const elsewhere = <A, E>(home: Home, body: (queue: Queue["Service"]) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(Queue, body), fileQueueAt(home.dir))

const write = (file: string, content: string | Uint8Array) => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
}

const runningName = (id: string) => `${id}.${runId(1)}.json`

const messages = (items: ReadonlyArray<QueueItem>) => items.map((item) => item.message)

const ruin: ReadonlyArray<readonly [string, (whole: string) => string | Uint8Array]> = [
  ["empty", () => ""],
  ["truncated", (whole) => whole.slice(0, 120)],
  ["binary", () => new Uint8Array([0, 255, 254, 1, 2, 3])],
  ["10 MB large", () => "x".repeat(10_000_000)],
  ["of a later version", (whole) => whole.replace('"version": 1', '"version": 2')],
  ["another item's", (whole) => whole.replaceAll(/q_[0-9a-z_]+/g, "q_1795156212000_other0")],
]

for (const [what, ruined] of ruin) {
  for (const place of ["items", "running", "done"]) {
    onDisk(`a file in ${place} that is ${what} is put aside as it was, with a reason, and the rest goes on`, (home) =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const broken = yield* enqueued(task("broken"))
        yield* enqueued(task("whole"))
        const name = place === "running" ? runningName(broken.id) : `${broken.id}.json`
        const content = ruined(printItem(broken))
        fs.rmSync(home.file("items", `${broken.id}.json`))
        write(home.file(place, name), content)

        expect(messages(yield* queue.list())).toEqual(["whole"])
        expect(home.names(place)).not.toContain(name)
        const [record, ...others] = yield* queue.quarantined
        expect([record?.name, others.length]).toEqual([name, 0])
        expect(fs.readFileSync(record!.place).equals(Buffer.from(content))).toBe(true)
        expect(record!.reason).toMatch(/^[^\n]{5,}$/)
        expect((yield* queue.stats).bad).toBe(1)
        expect(Option.isNone(yield* queue.find(broken.id))).toBe(true)
      }),
    )
  }
}

onDisk("a ruined item cannot be claimed, and a ruined claim is lost and stale", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const pending = yield* enqueued(task("pending"))
    const running = yield* enqueued(task("running"))
    const result = yield* queue.claim(running.id, runId(1))
    if (result._tag === "Gone") throw new Error("gone")
    write(home.file("items", `${pending.id}.json`), "{")
    write(home.file("running", runningName(running.id)), "{")
    expect((yield* queue.claim(pending.id, runId(2)))._tag).toBe("Gone")
    expect((yield* queue.heartbeat(result.claim))._tag).toBe("Lost")
    expect((yield* queue.settle(result.claim, { _tag: "Completed" }))._tag).toBe("Stale")
    expect((yield* queue.stats).bad).toBe(2)
  }),
)

onDisk("what is no file at all, a link, or no item's name is put aside like a broken item", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* enqueued(task("whole"))
    fs.mkdirSync(home.file("items", "q_directory.json"))
    fs.symlinkSync("nowhere", home.file("items", "q_link.json"))
    write(home.file("items", "note.json"), '{"id": "note"}')
    write(home.file("items", ".q_1.json.swp"), "of an editor")
    expect(messages(yield* queue.list())).toEqual(["whole"])
    expect((yield* queue.quarantined).map(({ name }) => name)).toEqual(["note.json", "q_directory.json", "q_link.json"])
    expect(home.names("items")).toContain(".q_1.json.swp")
  }),
)

onDisk("two ruined files of one name are both kept", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    for (const content of ["first", "second"]) {
      write(home.file("items", "q_twice.json"), content)
      yield* queue.list()
    }
    const kept = yield* queue.quarantined
    expect(kept.map(({ place }) => fs.readFileSync(place, "utf8"))).toEqual(["first", "second"])
  }),
)

onDisk("quarantined files that somebody moves back with their explanations are all kept and all counted", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const contentsOf = (place: string) =>
      home.names(place).map((name) => fs.readFileSync(home.file(place, name), "utf8"))
    write(home.file("items", "q_a.json"), "first")
    yield* queue.list()
    const moved = contentsOf("bad")
    for (const round of [2, 4]) {
      for (const name of home.names("bad")) {
        if (name.startsWith("q_a.json")) fs.renameSync(home.file("bad", name), home.file("items", name))
      }
      // what ends otherwise is not looked at
      for (const name of home.names("items")) {
        if (!name.endsWith(".json")) fs.renameSync(home.file("items", name), home.file("items", `${name}.json`))
      }
      yield* queue.list()
      expect(home.names("items")).toEqual([])
      expect(contentsOf("bad")).toEqual(expect.arrayContaining(moved))
      const kept = yield* queue.quarantined
      expect([kept.length, (yield* queue.stats).bad]).toEqual([round, round])
      for (const { place, reason } of kept) {
        expect(fs.existsSync(place)).toBe(true)
        expect(reason).not.toBe("nobody said why it was put here")
      }
    }
  }),
)

onDisk("a file in quarantine that looks like an explanation, and is none, is shown as what it is", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const explanation = JSON.stringify({ version: 1, reason: "why", since: "2026-01-01T00:00:00Z", reported: true })
    write(home.file("bad", "q_a.json.reason.json"), explanation)
    write(home.file("bad", "q_b.json.reason.json"), "of a person")
    write(home.file("bad", "q_c.json.reason.json"), explanation)
    write(home.file("bad", "q_c.json.reason.json.reason.json"), explanation)
    fs.mkdirSync(home.file("bad", "q_d.json.reason.json"))
    expect((yield* queue.quarantined).map(({ name }) => name)).toEqual([
      "q_b.json.reason.json",
      "q_c.json.reason.json",
      "q_d.json.reason.json",
    ])
    for (const name of ["q_a", "q_b", "q_c", "q_d"]) write(home.file("items", `${name}.json`), name)
    yield* queue.list()
    expect(fs.readFileSync(home.file("bad", "q_b.json.reason.json"), "utf8")).toBe("of a person")
    expect(fs.readFileSync(home.file("bad", "q_c.json.reason.json"), "utf8")).toBe(explanation)
    const kept = (yield* queue.quarantined).filter(({ since }) => since !== null && !since.startsWith("2026-01-01"))
    expect(kept.map(({ name }) => name)).toEqual(["q_a.json", "q_b.json.2", "q_c.json.2", "q_d.json.2"])
  }),
)

onDisk("a file with the longest name there is can be put aside, too", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    for (const end of ["a", "b"]) write(home.file("items", `q_${"月".repeat(82)}${end}.json`), end)
    expect(yield* queue.list()).toEqual([])
    const kept = yield* queue.quarantined
    expect(kept.map(({ place }) => fs.readFileSync(place, "utf8")).sort()).toEqual(["a", "b"])
  }),
)

onDisk(
  "a person is alerted of a ruined file until it is acknowledged, whichever process found it, and not again",
  (home) =>
    Effect.gen(function* () {
      const queue = yield* Queue
      write(home.file("items", "q_broken.json"), "{")
      yield* elsewhere(home, (other) => other.list())
      const alerts = yield* queue.alerts
      expect(alerts).toMatchObject([{ _tag: "Quarantined", record: { name: "q_broken.json" } }])
      expect(yield* queue.alerts).toEqual(alerts)
      yield* queue.acknowledge(alerts[0]!)
      expect(yield* queue.alerts).toEqual([])
      expect(yield* elsewhere(home, (other) => other.alerts)).toEqual([])
      expect((yield* queue.quarantined).length).toBe(1)
    }),
)

onDisk("an item that somebody copied back while it runs or is done is not run twice", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const item = yield* enqueued(task("once"))
    const pending = fs.readFileSync(home.file("items", `${item.id}.json`))
    const result = yield* queue.claim(item.id, runId(1))
    write(home.file("items", `${item.id}.json`), pending)
    expect((yield* queue.list(["pending", "notified"])).map(({ run }) => run)).toEqual([runId(1)])
    expect((yield* queue.claim(item.id, runId(2)))._tag).toBe("Gone")
    expect((yield* queue.quarantined).map(({ reason }) => reason)).toEqual(["there is an item of that id in running"])
    if (result._tag === "Claimed") yield* queue.settle(result.claim, { _tag: "Completed" })
    write(home.file("items", `${item.id}.json`), pending)
    expect((yield* queue.claim(item.id, runId(3)))._tag).toBe("Gone")
    expect(yield* queue.stats).toMatchObject({ total: 1, completed: 1, bad: 2 })
  }),
)

onDisk(
  "a claimed item that somebody copied back cannot be claimed again, although nobody listed it meanwhile",
  (home) =>
    Effect.gen(function* () {
      const queue = yield* Queue
      const [item, other] = [yield* enqueued(task("once")), yield* enqueued(task("other"))]
      const pending = home.file("items", `${item.id}.json`)
      const before = fs.readFileSync(pending)
      yield* Effect.sleep(100)
      yield* queue.claim(other.id, runId(1))
      for (const claimer of [queue, yield* Effect.provide(Queue, fileQueueAt(home.dir))]) {
        yield* claimer.claim(item.id, runId(2))
        write(pending, before)
        expect((yield* claimer.claim(item.id, runId(3)))._tag).toBe("Gone")
        expect(home.names("running")).toContain(`${item.id}.${runId(2)}.json`)
        expect([home.names("running").length, home.names("items")]).toEqual([2, []])
      }
      expect((yield* queue.quarantined).map(({ reason }) => reason)).toEqual([
        "there is an item of that id in running",
        "there is an item of that id in running",
      ])
      write(pending, before)
      expect(Option.getOrThrow(yield* queue.find(item.id)).state).toBe("notified")
      expect(home.names("items")).toEqual([])
    }),
)

onDisk("an item that goes where somebody copied one of its id leaves that one to be looked at", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const { id } = yield* enqueued(task("once"))
    const copy = fs.readFileSync(home.file("items", `${id}.json`), "utf8").replace("once", "copied")
    const copied = (place: string) => write(home.file(place, `${id}.json`), copy)
    const kept = Effect.map(queue.quarantined, (all) => all.map(({ place }) => fs.readFileSync(place, "utf8")))
    const claimed = (n: number) => Effect.as(queue.claim(id, runId(n)), { id, run: runId(n) })
    const first = yield* claimed(1)
    copied("items")
    yield* queue.release(first)
    expect(yield* kept).toEqual([copy])
    const second = yield* claimed(2)
    copied("done")
    yield* queue.settle(second, { _tag: "Error", reason: "it broke" })
    expect(yield* kept).toEqual([copy, copy])
    copied("items")
    yield* queue.retry(id)
    expect(yield* kept).toEqual([copy, copy, copy])
    expect(messages(yield* queue.list())).toEqual(["once"])
  }),
)

onDisk("the directory says the state of an item, whatever its file says", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const item = yield* enqueued(task("one"))
    write(home.file("items", `${item.id}.json`), printItem({ ...item, state: "completed" }))
    expect(yield* elsewhere(home, (other) => other.list())).toMatchObject([{ state: "pending" }])
    expect((yield* queue.claim(item.id, runId(1)))._tag).toBe("Claimed")
  }),
)

onDisk(
  "what another process did to an item is in the next list, although the item has its name and place again",
  (home) =>
    Effect.gen(function* () {
      const queue = yield* Queue
      const { id } = yield* enqueued(task("one"))
      for (const attempts of [0, 1, 2]) {
        expect(yield* queue.list()).toMatchObject([{ state: "pending", attempts }])
        yield* elsewhere(home, (other) =>
          Effect.flatMap(other.claim(id, runId(attempts)), () =>
            other.settle(
              { id, run: runId(attempts) },
              { _tag: "Again", reason: "it broke", notBefore: null, costsAttempt: true },
            ),
          ),
        )
      }
      yield* queue.claim(id, runId(7))
      expect(yield* queue.list(["notified"])).toMatchObject([{ run: runId(7), pid: null }])
      yield* elsewhere(home, (other) => other.heartbeat({ id, run: runId(7) }, { pid: 4711 }))
      expect(yield* queue.list(["notified"])).toMatchObject([{ run: runId(7), pid: 4711 }])
      yield* elsewhere(home, (other) => other.enqueue(task("two")))
      expect(messages(yield* queue.list(["pending"]))).toEqual(["two"])
    }),
)

const old = (id: string, state: string, more: object = {}) =>
  JSON.stringify({
    id,
    issue_ref: "github.com/shoko/kugetsu#14",
    message: id,
    state,
    pending_since: "2026-04-01T10:00:00+00:00",
    notified_at: null,
    completed_at: null,
    error: null,
    ...more,
  })

onDisk("a queue of the first kugetsu is taken over, and nothing that was started then is started again", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    for (const [id, state, more] of [
      ["q_waiting", "pending", {}],
      ["q_begun", "notified", { notified_at: "2026-04-01T10:05:00+00:00", pid: "4711" }],
      ["q_done", "completed", { completed_at: "2026-04-01T11:00:00+00:00" }],
      ["q_failed", "error", { error: "it broke" }],
    ] as const) {
      write(home.file("items", `${id}.json`), old(id, state, more))
    }
    expect((yield* queue.claim(QueueItemId.make("q_begun"), runId(1)))._tag).toBe("Gone")
    expect((yield* queue.list()).map(({ error, id, state }) => [String(id), state, error])).toEqual([
      ["q_begun", "error", "unfinished before the upgrade"],
      ["q_done", "completed", null],
      ["q_failed", "error", "it broke"],
      ["q_waiting", "pending", null],
    ])
    expect([home.names("items"), home.names("bad")]).toEqual([["q_waiting.json"], []])
    expect((yield* queue.claim(QueueItemId.make("q_waiting"), runId(2)))._tag).toBe("Claimed")
    expect(yield* queue.retry(QueueItemId.make("q_begun"))).toMatchObject({ _tag: "Retried", item: { version: 1 } })
    const cleared = yield* queue.clear(DateTime.makeUnsafe("2026-05-01T00:00:00Z"))
    expect(messages(cleared)).toEqual(["q_done", "q_failed"])
  }),
)

onDisk(
  "an item of the first kugetsu that nobody listed yet is found, and retried or refused, at the first try",
  (home) =>
    Effect.gen(function* () {
      const queue = yield* Queue
      const tags = (id: string) =>
        Effect.gen(function* () {
          const found = yield* queue.find(QueueItemId.make(id))
          return [Option.isSome(found), (yield* queue.retry(QueueItemId.make(id)))._tag]
        })
      write(home.file("items", "q_failed.json"), old("q_failed", "error", { error: "it broke" }))
      write(home.file("items", "q_begun.json"), old("q_begun", "notified"))
      write(home.file("items", "q_ended.json"), old("q_ended", "completed"))
      expect((yield* queue.retry(QueueItemId.make("q_failed")))._tag).toBe("Retried")
      expect((yield* queue.cancel(QueueItemId.make("q_ended")))._tag).toBe("Ended")
      expect(yield* tags("q_begun")).toEqual([true, "Retried"])
      expect(yield* tags("q_ended")).toEqual([true, "NotInError"])
      expect(home.names("items")).toEqual(["q_begun.json", "q_failed.json"])
    }),
)

onDisk("a queue that is deleted while it is used is made anew, and a person is told once", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* enqueued(task("lost"))
    fs.rmSync(home.file(), { recursive: true })
    expect(yield* queue.list()).toEqual([])
    yield* enqueued(task("kept"))
    expect(messages(yield* queue.list())).toEqual(["kept"])
    const alerts = yield* queue.alerts
    expect(alerts.map(({ _tag }) => _tag)).toEqual(["StoreLost"])
    yield* queue.acknowledge(alerts[0]!)
    yield* enqueued(task("another"))
    expect(yield* queue.alerts).toEqual([])
  }),
)

const deleted: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["queue", [""]],
  ["content of the queue", ["items", "running", "done", "bad", "tmp", "id"]],
  ["directory of the done items", ["done"]],
]
for (const [what, parts] of deleted) {
  onDisk(`the ${what}, deleted while nobody looks, is told once, whoever comes first`, (home) =>
    Effect.gen(function* () {
      yield* elsewhere(home, (queue) => queue.enqueue(task("lost")))
      expect(yield* elsewhere(home, (queue) => queue.alerts)).toEqual([])
      for (const part of parts) fs.rmSync(home.file(part), { recursive: true })
      yield* elsewhere(home, (queue) => queue.enqueue(task("kept")))
      yield* elsewhere(home, (queue) =>
        Effect.gen(function* () {
          yield* queue.enqueue(task("another"))
          const alerts = yield* queue.alerts
          expect(alerts).toMatchObject([{ _tag: "StoreLost", detail: expect.stringContaining("queue") }])
          yield* queue.acknowledge(alerts[0]!)
          expect(yield* queue.alerts).toEqual([])
        }),
      )
      yield* elsewhere(home, (queue) => queue.enqueue(task("one more")))
      expect(yield* elsewhere(home, (queue) => queue.alerts)).toEqual([])
      expect(messages(yield* elsewhere(home, (queue) => queue.list()))).toContain("kept")
    }),
  )
}

onDisk("a process that is there from before a loss does not tell it again once it was told", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* enqueued(task("lost"))
    fs.rmSync(home.file(), { recursive: true })
    yield* elsewhere(home, (other) =>
      Effect.gen(function* () {
        const alerts = yield* other.alerts
        expect(alerts.map(({ _tag }) => _tag)).toEqual(["StoreLost"])
        yield* other.acknowledge(alerts[0]!)
      }),
    )
    yield* enqueued(task("kept"))
    expect(yield* elsewhere(home, (other) => other.alerts)).toEqual([])
    expect(messages(yield* queue.list())).toEqual(["kept"])
  }),
)

const brought: ReadonlyArray<readonly [string, (home: string, to: string) => void]> = [
  ["moved", (home, to) => fs.renameSync(home, to)],
  ["copied", (home, to) => fs.cpSync(home, to, { recursive: true })],
  [
    "restored to an earlier state",
    (home, to) => {
      fs.cpSync(home, to, { recursive: true })
      fs.rmSync(path.join(to, "queue"), { recursive: true })
      fs.cpSync(path.join(home, "queue"), path.join(to, "queue"), { recursive: true })
    },
  ],
  [
    "of before there were marks",
    (home, to) => {
      fs.renameSync(home, to)
      for (const name of ["queue.id", "queue/id"]) fs.rmSync(path.join(to, name))
    },
  ],
  [
    "killed between the first mark and its copy",
    (home, to) => {
      fs.renameSync(home, to)
      fs.rmSync(path.join(to, "queue.id"))
    },
  ],
]
for (const [what, bring] of brought) {
  onDisk(`a home that was ${what} has lost nothing, and what it loses later is told`, ({ dir }) =>
    Effect.gen(function* () {
      const [from, to] = [path.join(dir, "from"), path.join(dir, "to")]
      const inHome = <A, E>(home: string, body: (queue: Queue["Service"]) => Effect.Effect<A, E>) =>
        Effect.provide(Effect.flatMap(Queue, body), fileQueueAt(home))
      yield* inHome(from, (queue) => queue.enqueue(task("kept")))
      bring(from, to)
      expect(yield* inHome(to, (queue) => Effect.andThen(queue.enqueue(task("new")), queue.alerts))).toEqual([])
      expect(messages(yield* inHome(to, (queue) => queue.list()))).toEqual(["kept", "new"])
      fs.rmSync(path.join(to, "queue"), { recursive: true })
      expect((yield* inHome(to, (queue) => queue.alerts)).map(({ _tag }) => _tag)).toEqual(["StoreLost"])
    }),
  )
}

onDisk("who waits for new items hears of them after the queue was deleted, too", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* enqueued(task("lost"))
    const woken = yield* Mailbox.unbounded<void>()
    const watching = yield* Effect.forkChild(Stream.runForEach(queue.wakeups, () => Mailbox.offer(woken, undefined)))
    const awake = Effect.timeout(Mailbox.take(woken), 3000)
    yield* awake
    fs.rmSync(home.file(), { recursive: true })
    yield* awake
    while ((yield* queue.alerts).length === 0) yield* Effect.sleep(5)
    yield* Effect.andThen(Effect.sleep(50), Mailbox.clear(woken))
    yield* elsewhere(home, (other) => other.enqueue(task("kept")))
    yield* awake
    yield* Fiber.interrupt(watching)
  }),
)

onDisk("what the daemon writes beside the items wakes nobody, and the pause and its end do", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const woken = yield* Mailbox.unbounded<void>()
    const watching = yield* Effect.forkChild(Stream.runForEach(queue.wakeups, () => Mailbox.offer(woken, undefined)))
    yield* Mailbox.take(woken)
    for (const name of ["daemon.log", "daemon.json", "daemon.pid"]) fs.appendFileSync(home.file(name), "x")
    fs.renameSync(home.file("daemon.log"), home.file("daemon.log.1"))
    yield* Effect.sleep(200)
    expect(yield* Mailbox.size(woken)).toBe(0)
    for (const change of [queue.pause, queue.resume]) {
      yield* change
      yield* Effect.timeout(Mailbox.take(woken), 3000)
      yield* Effect.andThen(Effect.sleep(50), Mailbox.clear(woken))
    }
    yield* Fiber.interrupt(watching)
  }),
)

onDisk("a look anew finds what was changed in place, however soon after the last look", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const { id } = yield* enqueued(task("first words"))
    const known = Effect.map(queue.list(["pending"]), messages)
    // from here on the directory tells of no change
    yield* Effect.sleep(100)
    expect(yield* known).toEqual(["first words"])
    const file = home.file("items", `${id}.json`)
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("first", "other"))
    yield* queue.reread
    expect(yield* known).toEqual(["other words"])
  }),
)

onDisk("a task can be left while another process holds the lock", (home) =>
  Effect.gen(function* () {
    yield* enqueued(task("before"))
    const held = yield* tryAcquire(path.join(home.dir, "locks", "queue.lock"))
    expect(Option.isSome(held)).toBe(true)
    yield* enqueued(task("meanwhile"))
    expect(home.names("items").length).toBe(2)
  }),
)

onDisk("a queue that cannot be written is out of reach with the code for it, and back when it can be again", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    write(home.file(), "in the way")
    for (const use of [queue.enqueue(task("one")), queue.list(), queue.pause]) {
      const error = yield* Effect.flip(use as Effect.Effect<unknown, { readonly _tag: string; readonly code: number }>)
      expect([error._tag, error.code]).toEqual(["QueueUnavailable", 74])
    }
    fs.rmSync(home.file())
    yield* enqueued(task("one"))
    expect((yield* queue.stats).pending).toBe(1)
  }),
)

onDisk("files are 0600 and directories 0700, and reading alone writes nothing but the lock", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* queue.stats
    expect(fs.readdirSync(home.dir)).toEqual(["locks"])
    const { id } = yield* enqueued(task("one"))
    yield* queue.claim(id, runId(1))
    yield* queue.pause
    const mode = (...parts: ReadonlyArray<string>) => (fs.statSync(home.file(...parts)).mode & 0o777).toString(8)
    expect([mode("running", runningName(id)), mode("paused"), mode("items"), mode()]).toEqual([
      "600",
      "600",
      "700",
      "700",
    ])
    expect(home.names("tmp")).toEqual([])
  }),
)

onDisk("temporary files that a killed writer left behind go with the clean-up, and fresh ones stay", (home) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const longAgo = new Date(Date.now() - 2 * 3_600_000)
    write(home.file("tmp", "abandoned"), "")
    fs.utimesSync(home.file("tmp", "abandoned"), longAgo, longAgo)
    write(home.file("tmp", "fresh"), "")
    yield* queue.clear(yield* DateTime.now)
    expect(home.names("tmp")).toEqual(["fresh"])
  }),
)

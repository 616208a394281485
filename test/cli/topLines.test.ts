import { columnsOf } from "@kugetsu/cli/top/columnsOf"
import { sharesOf } from "@kugetsu/cli/top/sharesOf"
import { topLines } from "@kugetsu/cli/top/topLines"
import type { AgentAtWork, Overview, WaitingTask } from "@kugetsu/daemon/Overview"
import { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { expect, test } from "bun:test"
import { runId } from "../kit/records.ts"

const now = Date.parse("2026-11-20T12:00:00Z")
const before = (seconds: number) => new Date(now - 1000 * seconds).toISOString()

const agent = (change: Partial<AgentAtWork> = {}): AgentAtWork => ({
  run: runId("aaaaaa"),
  issue_ref: "github.com/you/repo#14",
  phase: "running",
  requested_at: before(190),
  started_at: before(185),
  stopped_by: null,
  last_tool: { tool: "bash", subject: "npm test", failed: false, at: before(4) },
  last_event_at: before(4),
  limits: { startup: null, idle: before(-896), total: before(-3415) },
  ...change,
})

const task = (n: number, change: Partial<WaitingTask> = {}): WaitingTask => ({
  id: QueueItemId.make(`q_1795161012345_${String(n).padStart(6, "0")}`),
  issue_ref: `git.example.org/組織/倉庫#${n}`,
  priority: 0,
  attempts: 0,
  pending_since: before(n),
  gate: "limit_reached",
  detail: `3 of 3 slots are taken, and ${n} wait before it 👩‍💻`,
  until: null,
  ...change,
})

const overview = (change: Partial<Overview> = {}): Overview => ({
  daemon: { running: true, pid: 7, version: "0.1.0", since: before(7200) },
  slots: { limit: 3, used: 1 },
  queue: { total: 3, pending: 1, notified: 1, completed: 1, error: 0, bad: 0 },
  paused: null,
  running: [agent()],
  waiting: [],
  notifications: [],
  troubles: [],
  ...change,
})

const many = overview({
  running: Array.from({ length: 30 }, (_, n) =>
    agent({ issue_ref: `github.com/you/a-repository-of-some-length#${n}` }),
  ),
  waiting: Array.from({ length: 100 }, (_, n) => task(n)),
  notifications: Array.from({ length: 50 }, (_, n) => ({
    id: `${n}`,
    timestamp: before(n),
    type: "task_completed",
    message: `第${n} 👨‍👩‍👧‍👦 is done\nand more`,
    issue_ref: `github.com/you/repo#${n}`,
    url: null,
    read: false,
  })),
  troubles: ["one\u001b[2J", "two", "three", "four"],
})

const lines = (what: Overview, columns: number, rows: number) =>
  topLines(what, { columns, rows, now, paint: (_, text) => text })

test("however much there is and however small the terminal, everything fits, and what does not is counted", () => {
  for (const [columns, rows] of [
    [80, 24],
    [40, 24],
    [40, 10],
    [200, 60],
    [20, 5],
    [3, 2],
    [1, 1],
  ] as const) {
    const shown = lines(many, columns, rows)
    expect(shown.length).toBe(rows)
    expect(shown.filter((line) => Bun.stringWidth(line) > columns)).toEqual([])
  }
  const shown = lines(many, 80, 24)
  const countOf = (title: RegExp, next: RegExp) => {
    const [from, to] = [shown.findIndex((line) => title.test(line)), shown.findIndex((line) => next.test(line))]
    const rows = shown.slice(from + 1, to).filter((line) => line !== "")
    const more = Number(/^… (\d+) more$/.exec(rows.at(-1) ?? "")?.[1])
    return [rows.length > 1, rows.length - 1 + more]
  }
  expect(countOf(/^RUNNING 30/, /^WAITING/)).toEqual([true, 30])
  expect(countOf(/^WAITING 100/, /^UNREAD/)).toEqual([true, 100])
  expect(countOf(/^UNREAD 50/, /^q ends/)).toEqual([true, 50])
})

test("an agent is shown with its issue, its age, the clock that ends it first, and what it did last, in words", () => {
  const text = lines(overview(), 80, 24).join("\n")
  expect(text).toContain("github.com/you/repo#14  3m    14m idle      4s ago bash: npm test")
  const failed = agent({ last_tool: { tool: "edit", subject: "a.ts", failed: true, at: before(2) } })
  expect(lines(overview({ running: [failed] }), 80, 24).join("\n")).toContain("2s ago edit failed: a.ts")
  const others = [
    agent({ phase: "preparing", last_tool: null }),
    agent({ phase: "abandoned" }),
    agent({ stopped_by: "kugetsu stop" }),
    agent({ last_tool: null }),
  ]
  expect(lines(overview({ running: others }), 80, 24).join("\n")).toMatch(
    /is being prepared[^]*lost its supervisor[^]*stopped by kugetsu stop[^]*no tool used yet/,
  )
})

test("what waits names its gate; what is next, held back, paused or broken is told in words", () => {
  const waiting = [
    task(1, { gate: "starting" }),
    task(2, { gate: "not_before", until: before(-90), detail: "it was put off" }),
  ]
  const change = {
    waiting,
    paused: before(60),
    daemon: { running: false, pid: null, version: null, since: null },
    troubles: ["a record"],
  }
  const text = lines(overview(change), 80, 24).join("\n")
  expect(text).toMatch(/daemon +not running: kugetsu queue-daemon start/)
  expect(text).toMatch(/paused +for 1m: kugetsu queue resume/)
  expect(text).toMatch(/broken +a record/)
  expect(text).toMatch(/#1 +1s +next: [^]*#2 +2s +not_before \(in 1m\): it was put off/)
})

test("a long issue is cut at its beginning, so that its number stays, also among wide characters", () => {
  const shown = lines(
    overview({ running: [agent({ issue_ref: "gitlab.com/グループ/サブグループ/倉庫#123" })] }),
    40,
    24,
  )
  expect(shown.join("\n")).toMatch(/^….*倉庫#123 /m)
})

test("nothing in a part reaches the terminal but text", () => {
  const [text] = [columnsOf([{ text: "\u001b[2Jx\u202ey\nz", width: 20 }, { text: "end" }], 40, (_, text) => text)]
  expect(text).toBe("\\x1b[2Jx\\u202ey       end")
})

test("room that one does not want is for the others", () => {
  expect(sharesOf(14, [1, 100, 100])).toEqual([1, 7, 6])
  expect(sharesOf(300, [1, 100, 100])).toEqual([1, 100, 100])
  expect(sharesOf(-3, [1, 2])).toEqual([0, 0])
})

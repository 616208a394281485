import type { AgentAtWork, Overview, WaitingTask } from "@kugetsu/daemon/Overview"
import { headlineOf, type Notification } from "@kugetsu/core/domain/Notification"
import { age, oneLine, span } from "../display.ts"
import type { Colour, Paint } from "../terminal.ts"
import { columnsOf, type Part } from "./columnsOf.ts"
import { sharesOf } from "./sharesOf.ts"

export interface View {
  readonly columns: number
  readonly rows: number
  /** Unix milliseconds. */
  readonly now: number
  readonly paint: Paint
}

/** What goes on as lines that fit: never more than there are rows, none wider than there are columns. */
export const topLines = (overview: Overview, view: View): ReadonlyArray<string> => {
  const head = headOf(overview, view)
  const sections = sectionsOf(overview, view)
  const foot = line(view, [{ text: "q ends" }, { text: `as of ${clockTime(view.now)}`, colour: "dim" }])
  const airy = view.rows >= 20
  const room = view.rows - head.length - 1 - sections.length * (airy ? 2 : 1)
  const shares = sharesOf(
    room,
    sections.map(({ rows }) => rows.length),
  )
  const body = sections.flatMap(({ rows, title }, at) => [
    ...(airy ? [""] : []),
    title,
    ...cutTo(rows, shares[at] ?? 0, view),
  ])
  const shown = [...head, ...body].slice(0, Math.max(0, view.rows - 1))
  const blank = Array.from({ length: Math.max(0, view.rows - 1 - shown.length) }, () => "")
  return [...shown, ...blank, foot].slice(-Math.max(1, view.rows))
}

/** What does not fit is counted in the last row that does. */
const cutTo = (rows: ReadonlyArray<string>, share: number, view: View): ReadonlyArray<string> => {
  if (rows.length <= share || share === 0) return rows.slice(0, share)
  const shown = rows.slice(0, share - 1)
  return [...shown, line(view, [{ text: `… ${rows.length - shown.length} more`, colour: "dim" }])]
}

const headOf = ({ daemon, paused, queue, slots, troubles }: Overview, view: View): ReadonlyArray<string> => {
  const counts = `${queue.pending} waiting, ${queue.notified} running, ${queue.completed} completed, ${queue.error} in error`
  const facts: ReadonlyArray<readonly [name: string, text: string, colour?: Colour]> = [
    ["slots", `${slots.used} of ${slots.limit ?? "?"} in use`],
    ["queue", counts],
    daemon.since === null
      ? ["daemon", "not running: kugetsu queue-daemon start", "yellow"]
      : ["daemon", `running, pid ${daemon.pid}, kugetsu ${daemon.version}, for ${age(daemon.since, view.now)}`],
    ...(paused === null ? [] : [["paused", `for ${age(paused, view.now)}: kugetsu queue resume`, "yellow"] as const]),
    ...troubles.slice(0, SHOWN_TROUBLES).map((text) => ["broken", text, "red"] as const),
    ...(troubles.length > SHOWN_TROUBLES
      ? [["broken", `… ${troubles.length - SHOWN_TROUBLES} more: kugetsu status`, "red"] as const]
      : []),
  ]
  return facts.map(([name, text, colour]) =>
    line(view, [{ text: name, width: 6, ...(colour && { colour }) }, { text: oneLine(text, view.columns) }]),
  )
}

const SHOWN_TROUBLES = 2

interface Section {
  readonly title: string
  readonly rows: ReadonlyArray<string>
}

const sectionsOf = ({ notifications, running, waiting }: Overview, view: View): ReadonlyArray<Section> => {
  const named = [...running, ...waiting].map(({ issue_ref }) => Bun.stringWidth(nameOf(issue_ref)))
  const refWidth = Math.max(12, Math.min(Math.max(...named, 0), Math.floor(view.columns * 0.4)))
  const wide = view.columns >= 60
  const ref = (text: string, colour?: Colour): Part => ({
    text,
    width: refWidth,
    keep: "end",
    ...(colour && { colour }),
  })
  const title = (parts: ReadonlyArray<Part>) =>
    line(
      view,
      parts.map((part) => ({ ...part, colour: "bold" })),
    )
  const left = (text: string, colour?: Colour): ReadonlyArray<Part> =>
    wide ? [{ text, width: 12, ...(colour && { colour }) }] : []
  return [
    {
      title: title([
        ref(`RUNNING ${running.length}`),
        { text: "FOR", width: 4 },
        ...left("LIMIT IN"),
        { text: "LAST" },
      ]),
      rows: running.map((agent) =>
        line(view, [
          ref(nameOf(agent.issue_ref)),
          { text: age(agent.started_at ?? agent.requested_at, view.now), width: 4 },
          ...left(limitOf(agent, view.now)),
          lastOf(agent, view.now),
        ]),
      ),
    },
    {
      title: title([ref(`WAITING ${waiting.length}`), { text: "FOR", width: 4 }, { text: "WHY" }]),
      rows: waiting.map((task) =>
        line(view, [
          ref(nameOf(task.issue_ref)),
          { text: age(task.pending_since, view.now), width: 4 },
          ...whyOf(task, view.now),
        ]),
      ),
    },
    {
      title: title([{ text: `UNREAD ${notifications.length}` }]),
      rows: notifications.map((one) => line(view, partsOf(one, view.now, wide))),
    },
  ]
}

const nameOf = (issueRef: string | null): string => issueRef ?? "(pm-agent)"

const lastOf = ({ last_tool, phase, stopped_by }: AgentAtWork, now: number): Part => {
  if (stopped_by !== null) return { text: `is being stopped by ${stopped_by}`, colour: "yellow" }
  if (phase === "abandoned") return { text: "has lost its supervisor", colour: "red" }
  if (phase !== "running") return { text: phase === "preparing" ? "is being prepared" : "is being started" }
  if (last_tool === null) return { text: "no tool used yet" }
  const { at, failed, subject, tool } = last_tool
  return failed
    ? { text: `${age(at, now)} ago ${tool} failed: ${subject}`, colour: "red" }
    : { text: `${age(at, now)} ago ${tool}: ${subject}` }
}

/** The clock that runs out first, and when. */
const limitOf = ({ limits }: AgentAtWork, now: number): string => {
  const running = Object.entries(limits).flatMap(([clock, at]) =>
    at === null ? [] : [{ clock, ms: Date.parse(at) - now }],
  )
  const [first] = running.sort((a, b) => a.ms - b.ms)
  return first === undefined ? "-" : `${span(first.ms)} ${first.clock}`
}

const whyOf = ({ detail, gate, until }: WaitingTask, now: number): ReadonlyArray<Part> => {
  if (gate === "starting") return [{ text: "next: it is about to be started", colour: "cyan" }]
  const opens = until === null ? "" : ` (in ${span(Date.parse(until) - now)})`
  return [{ text: `${gate ?? "running"}${opens}: ${detail}` }]
}

const partsOf = (
  { issue_ref, message, timestamp, type }: Notification,
  now: number,
  wide: boolean,
): ReadonlyArray<Part> => {
  const said = headlineOf(message)
  const about = issue_ref === null || said.includes(issue_ref) ? said : `${issue_ref} ${said}`
  return [{ text: age(timestamp, now), width: 4 }, ...(wide ? [{ text: type, width: 16 }] : []), { text: about }]
}

const clockTime = (now: number): string => new Date(now).toTimeString().slice(0, 8)

const line = (view: View, parts: ReadonlyArray<Part>): string => columnsOf(parts, view.columns, view.paint)

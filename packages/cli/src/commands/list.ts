import { type ListedSession, listSessions } from "@kugetsu/core/listSessions"
import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import { age, type Cell, oneLine } from "../display.ts"
import { Json } from "../flags.ts"
import { printTable } from "../printTable.ts"
import { answerUnreadable } from "../reportFailure.ts"
import { type Colour, printJson } from "../terminal.ts"
import { usageCell } from "../usageText.ts"

export const list = Command.make("list", {}, () =>
  Effect.gen(function* () {
    const { sessions, unreadable } = yield* listSessions
    if (yield* Json) {
      yield* printJson(sessions)
    } else {
      const now = yield* Clock.currentTimeMillis
      yield* printTable(
        header,
        sessions.map((session) => rowOf(session, now)),
      )
    }
    yield* answerUnreadable(unreadable)
  }),
).pipe(
  Command.withDescription(
    "Shows every tracked session with its issue, worktree, state, branch, pull request, tokens and cost, and age.",
  ),
  Command.withExamples([
    { command: "kugetsu list" },
    { command: "kugetsu list --json | jq '.[] | select(.state == \"active\")'", description: "What is running" },
  ]),
)

const header = ["ISSUE_REF", "TYPE", "SESSION_ID", "WORKTREE", "STATE", "BRANCH", "PR", "USED", "AGE"]

const rowOf = (session: ListedSession, now: number): ReadonlyArray<Cell> => [
  session.issue_ref ?? `(${session.type === "base" ? "base" : "pm-agent"})`,
  session.type,
  session.session_id ?? "-",
  oneLine(session.worktree_path ?? "-", 200),
  [stateColours[session.state], session.state],
  oneLine(session.branch_name ?? "-", 60),
  oneLine(session.pr_url ?? "-", 200),
  usageCell(session.usage),
  age(session.created_at, now),
]

const stateColours: Readonly<Record<ListedSession["state"], Colour>> = {
  active: "cyan",
  completed: "green",
  idle: "dim",
  timeout: "yellow",
  error: "red",
}

import type { Notification } from "@kugetsu/core/domain/Notification"
import { Notifications } from "@kugetsu/core/Notifications"
import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import { age, oneLine } from "../../display.ts"
import { Json, toggle } from "../../flags.ts"
import { printTable } from "../../printTable.ts"
import { printJson } from "../../terminal.ts"

const all = toggle("all", "Those that were read, too")

export const list = Command.make("list", { all }, ({ all }) =>
  Effect.gen(function* () {
    const shown = (yield* (yield* Notifications).list).filter(({ read }) => all || !read)
    if (yield* Json) return yield* printJson(shown)
    const now = yield* Clock.currentTimeMillis
    const header = ["AGE", "TYPE", "ISSUE_REF", "MESSAGE", "URL"]
    yield* printTable(
      header,
      shown.map((one) => rowOf(one, now)),
    )
  }),
).pipe(
  Command.withDescription("Shows the unread notifications, oldest first."),
  Command.withExamples([
    { command: "kugetsu notify list" },
    { command: "kugetsu notify list --json | jq '.[] | select(.type == \"task_error\")'" },
  ]),
)

const rowOf = ({ issue_ref, message, timestamp, type, url }: Notification, now: number): ReadonlyArray<string> => [
  age(timestamp, now),
  oneLine(type, 30),
  oneLine(issue_ref ?? "-", 80),
  oneLine(message, 100),
  oneLine(url ?? "-", 200),
]

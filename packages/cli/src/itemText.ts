import { isQueueItemId, type QueueItem } from "@kugetsu/core/domain/QueueItem"
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { age, oneLine } from "./display.ts"
import { Json } from "./flags.ts"
import { printTable } from "./printTable.ts"
import type { Colour } from "./terminal.ts"
import { print, printJson } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

export const item = Argument.String("id").pipe(
  Argument.withDescription("The item's id, as `kugetsu queue list` shows it"),
)

export const requireItemId = Effect.fnUntraced(function* (text: string) {
  if (isQueueItemId(text)) return text
  return yield* new UsageError({
    message: `${JSON.stringify(text)} is no id of an item`,
    remedy: "An id begins with q_; `kugetsu queue list` shows them.",
  })
})

/** Prints items as a table for people. */
export const printItems = (items: ReadonlyArray<QueueItem>, now: number) =>
  printTable(
    ["ITEM", "STATE", "ISSUE_REF", "PRIORITY", "TRIES", "AGE", "NOTE", "MESSAGE"],
    items.map((one) => [
      one.id,
      [colours[one.state], one.state],
      one.issue_ref ?? "(pm-agent)",
      String(one.priority),
      String(one.attempts),
      age(one.pending_since, now),
      oneLine(noteOn(one, now), 60),
      oneLine(one.message, 60),
    ]),
  )

const colours: Readonly<Record<QueueItem["state"], Colour>> = {
  pending: "yellow",
  notified: "cyan",
  completed: "green",
  error: "red",
}

const noteOn = (item: QueueItem, now: number): string => {
  switch (item.state) {
    case "pending": {
      const waits =
        item.not_before !== null && Date.parse(item.not_before) > now ? [`not before ${item.not_before}`] : []
      return [...waits, ...(item.error === null ? [] : [`after: ${item.error}`])].join(", ") || "-"
    }
    case "notified":
      return item.cancel_requested ? `${item.run}, being cancelled` : (item.run ?? "-")
    case "completed":
      return item.run ?? "-"
    case "error":
      return item.error ?? "-"
  }
}

/** Prints an item that was changed: `text` for people, the item for programs. */
export const answerItem = Effect.fnUntraced(function* (changed: QueueItem, text: string) {
  yield* (yield* Json) ? printJson(changed) : print(text)
})

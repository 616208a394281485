import { Effect } from "effect"
import type { TurnFiles } from "../Agent.ts"
import type { TurnReport } from "../domain/TurnReport.ts"
import { quotaOf } from "./Quota.ts"
import { readEvents, type TurnEvents } from "./TurnEvents.ts"
import { readLog, type TurnLog } from "./TurnLog.ts"

/** What the files of a turn say so far. */
export const readTurn = Effect.fn("readTurn")(function* (files: TurnFiles) {
  const events = yield* readEvents(files.events)
  const log = yield* readLog(files.stderr)
  return {
    events: events.events,
    malformed_lines: events.malformed_lines,
    error: errorOf(events, log),
    last_step: events.last_step,
    last_text: events.last_text,
    last_tool: events.last_tool,
    permission_asked: log.permissionAsked,
    quota: quotaOf(events, log),
    tokens: events.tokens,
    cost: events.cost,
  } satisfies TurnReport
})

/** The words with which opencode hides an error of its own in its events. */
const hidden = "Unexpected server error"

const errorOf = ({ error, events }: TurnEvents, log: TurnLog): TurnReport["error"] => {
  if (error === null) {
    // plugins and servers of the person may complain there too: once there are events, those tell
    const complaint = events === 0 ? log.complaint : null
    return complaint === null ? null : { name: "OpencodeError", message: complaint, status: null }
  }
  const message = error.message.startsWith(hidden) ? (log.failure ?? error.message) : error.message
  return { name: error.name, message, status: error.status }
}

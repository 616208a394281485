import type { Redact } from "@kugetsu/core/domain/Redaction"
import { isRunId, type RunId } from "@kugetsu/core/domain/Run"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { listedRun } from "@kugetsu/core/listRuns"
import { actsOf } from "@kugetsu/core/opencode/progress"
import { redactor } from "@kugetsu/core/Redactor"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { attempt, type HomeUnusable, listDirectory } from "@kugetsu/core/system/Files"
import { growingFile } from "@kugetsu/core/system/GrowingFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { DateTime, Effect, Option, Schema } from "effect"
import * as fs from "node:fs"
import type { AgentAtWork, LastTool } from "./Overview.ts"

/** What is remembered between two looks: runs that ended, and how far the events of the others were read. */
export interface AgentMemory {
  readonly ended: Set<RunId>
  readonly events: Map<RunId, EventReader>
}

interface EventReader {
  /** Lines that were not there at the last look. */
  readonly next: Effect.Effect<ReadonlyArray<string>, HomeUnusable>
  last: LastTool | null
}

export const newAgentMemory = (): AgentMemory => ({ ended: new Set(), events: new Map() })

/** The runs that have no outcome, oldest first, with what their agents did last; and what of them cannot be read. */
export const agentsAtWork = Effect.fn("agentsAtWork")(function* (memory: AgentMemory) {
  const ids = (yield* listDirectory((yield* KugetsuHome).runs)).filter(isRunId)
  const there = new Set(ids)
  for (const known of [memory.ended, memory.events]) {
    for (const id of known.keys()) if (!there.has(id)) known.delete(id)
  }
  const agents: Array<AgentAtWork> = []
  const troubles: Array<string> = []
  for (const id of ids.filter((id) => !memory.ended.has(id)).sort()) {
    const found = yield* Effect.catchTag((yield* Runs).find(id), "RecordUnreadable", ({ message }) =>
      Effect.sync(() => {
        troubles.push(message)
        return Option.none<RunRecord>()
      }),
    )
    if (Option.isNone(found)) continue
    if (found.value.exit === null) {
      agents.push(yield* lookAt(found.value, memory))
    } else {
      memory.ended.add(id)
      memory.events.delete(id)
    }
  }
  return { agents, troubles }
})

const lookAt = Effect.fnUntraced(function* (run: RunRecord, { events }: AgentMemory) {
  const { issue_ref, phase, requested_at, run: id, started_at } = listedRun(run)
  const file = (yield* KugetsuHome).run(id).events
  const reader = events.get(id) ?? { next: growingFile(file), last: null }
  events.set(id, reader)
  // before the lines: what comes between is seen at the next look
  const heardAt = yield* timeOf(file)
  const lines = yield* reader.next
  if (lines.length > 0) reader.last = lastToolIn(lines, heardAt, yield* redactor) ?? reader.last
  return {
    run: id,
    issue_ref,
    phase,
    requested_at,
    started_at,
    stopped_by: run.stop?.by ?? null,
    last_tool: reader.last,
    last_event_at: heardAt === null ? null : isoOf(heardAt),
    limits: limitsOf(run, heardAt),
  } satisfies AgentAtWork
})

/** When a file was last written to; null: nothing is in it. */
const timeOf = (file: string): Effect.Effect<number | null, HomeUnusable> =>
  attempt("look at", file, () => {
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    return stat === undefined || stat.size === 0 ? null : stat.mtimeMs
  })

const Timed = Schema.fromJsonString(Schema.Struct({ timestamp: Schema.Finite }))

/** What agents say is in the file as they said it for as long as their run lives. */
const lastToolIn = (lines: ReadonlyArray<string>, heardAt: number | null, redact: Redact): LastTool | null => {
  for (const line of lines.toReversed()) {
    const act = actsOf(line).findLast(({ _tag }) => _tag === "Used")
    if (act?._tag !== "Used") continue
    const { failed, subject, tool } = act
    const timed = Option.getOrNull(Schema.decodeOption(Timed)(line))
    const at = isoOf(timed?.timestamp ?? heardAt ?? Date.now())
    // a command may be a whole program; half a secret would not be known for one
    return { tool, subject: redact(subject).slice(0, LONGEST_SUBJECT), failed, at }
  }
  return null
}

const LONGEST_SUBJECT = 500

const limitsOf = ({ request: { clocks }, started }: RunRecord, heardAt: number | null): AgentAtWork["limits"] => {
  if (started === null) return { startup: null, idle: null, total: null }
  const startedAt = Date.parse(started.started_at)
  return {
    startup: heardAt === null ? isoOf(startedAt + clocks.startup_ms) : null,
    idle: heardAt === null ? null : isoOf(heardAt + clocks.idle_ms),
    total: isoOf(startedAt + clocks.total_ms),
  }
}

const isoOf = (ms: number): string => timestamp(DateTime.makeUnsafe(Math.round(ms)))

import { type Gate, gateNames } from "@kugetsu/core/domain/Schedule"
import { Effect } from "effect"
import { journal, type Waiting } from "./Journal.ts"

/** What a tick did. */
export interface Done {
  /** Runs that came to their end. */
  readonly settled: ReadonlyArray<string>
  /** Items whose claim came to nothing. */
  readonly given_back: ReadonlyArray<string>
  /** The item of the run that was started. */
  readonly started: string | null
  /** Items whose turn it was, and that could not be started. */
  readonly held_back: ReadonlyArray<string>
}

/** Of the items at one gate so many are named, those whose turn is next. */
const NAMED = 3

/** At each gate, how many items wait there, and the first few of them. */
export const waitingAt = (gates: ReadonlyMap<string, Gate>): Waiting => {
  const waiting: Record<string, { count: number; first: Array<string> }> = {}
  for (const [id, { _tag }] of gates) {
    const at = (waiting[gateNames[_tag]] ??= { count: 0, first: [] })
    at.count += 1
    if (at.first.length < NAMED) at.first.push(id)
  }
  return waiting
}

/** The tick's decision as one entry, if it did anything: an idle daemon writes none. */
export const journalTick = Effect.fn("journalTick")(function* (done: Done, gates: ReadonlyMap<string, Gate>) {
  const { given_back, held_back, settled, started } = done
  if (started === null && settled.length + given_back.length + held_back.length === 0) return
  yield* journal({ event: "tick", settled, given_back, started, held_back, waiting: waitingAt(gates) })
})

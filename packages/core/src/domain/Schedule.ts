/**
 * What a tick of the scheduler does, as a pure function of what it sees. Times are Unix milliseconds.
 */

/** Bytes of free disk below which nothing is started: an agent fills a disk faster than a person reads. */
export const NEEDED_BYTES = 1_000_000_000

/** A pending item, as far as its turn goes. */
export interface Candidate {
  readonly id: string
  /** Who may have one agent at a time: an issue's canonical name, or the PM. */
  readonly worker: string
  /** The PM takes no slot. */
  readonly takesSlot: boolean
  /** Higher goes first; 0 is usual. */
  readonly priority: number
  readonly notBefore: number | null
  /** It was started before, and waits for its next try: what was said to its issue later comes after it. */
  readonly begun: boolean
}

export interface Situation {
  readonly now: number
  /** Pending items in the order they came. */
  readonly pending: ReadonlyArray<Candidate>
  /** Workers with a running agent, or with a run that is not settled yet. */
  readonly busy: ReadonlySet<string>
  readonly slots: { readonly limit: number; readonly held: number }
  readonly paused: boolean
  readonly disk: { readonly freeBytes: number; readonly neededBytes: number }
  /** Not before this time is another agent started: starts are CPU-bound, and follow each other with a gap. */
  readonly nextStart: number
  readonly startGapMs: number
}

/** Why an item is not started now. */
export type Gate =
  | { readonly _tag: "Paused" }
  | { readonly _tag: "DiskFull"; readonly freeBytes: number; readonly neededBytes: number }
  | { readonly _tag: "NotBefore"; readonly until: number }
  | { readonly _tag: "IssueBusy"; readonly worker: string }
  | { readonly _tag: "BehindSameIssue"; readonly id: string }
  | { readonly _tag: "LimitReached"; readonly limit: number; readonly held: number; readonly ahead: number }
  | { readonly _tag: "Staggered"; readonly until: number }

/** As people and records call them. */
export const gateNames = {
  Paused: "paused",
  DiskFull: "disk_full",
  NotBefore: "not_before",
  IssueBusy: "issue_busy",
  BehindSameIssue: "behind_same_issue",
  LimitReached: "limit_reached",
  Staggered: "staggered",
} as const satisfies Readonly<Record<Gate["_tag"], string>>
export type GateName = (typeof gateNames)[Gate["_tag"]]

export interface Decision {
  /** To be started now; the next may follow after the gap. */
  readonly start: Candidate | null
  /** The gate of every pending item that is not started. */
  readonly gates: ReadonlyMap<string, Gate>
  /** When time alone may open a gate; null: only a change can. */
  readonly wakeAt: number | null
}

/** Highest priority first, and within one priority in the order they came. */
export const inTurn = (pending: ReadonlyArray<Candidate>): ReadonlyArray<Candidate> =>
  pending
    .map((candidate, came) => ({ candidate, came }))
    .sort((a, b) => b.candidate.priority - a.candidate.priority || a.came - b.came)
    .map(({ candidate }) => candidate)

/**
 * Starts one item, and names the gate of every other. An item behind a gate of its
 * own blocks nobody but later items of its own issue; one put off on purpose does not even block those.
 */
export const decide = (situation: Situation): Decision => {
  let start: Candidate | null = null
  const gates = new Map<string, Gate>()
  const firstOf = new Map<string, string>()
  // a clock that was set back must not put off a start by more than the gap
  let nextStart = Math.min(situation.nextStart, situation.now + situation.startGapMs)
  let held = situation.slots.held
  let ahead = 0
  for (const candidate of inTurn(situation.pending)) {
    const now = { ...situation, nextStart, slots: { ...situation.slots, held } }
    const gate = gateOf(candidate, now, firstOf, ahead) ?? (start === null ? null : staggered(nextStart))
    const waitsAside = gate?._tag === "NotBefore" && !candidate.begun
    if (!firstOf.has(candidate.worker) && !waitsAside) firstOf.set(candidate.worker, candidate.id)
    if (gate !== null) {
      gates.set(candidate.id, gate)
      if (gate._tag === "LimitReached" || gate._tag === "Staggered") ahead += 1
      continue
    }
    start = candidate
    if (candidate.takesSlot) held += 1
    nextStart = situation.now + situation.startGapMs
  }
  return { start, gates, wakeAt: earliest(gates) }
}

const gateOf = (
  candidate: Candidate,
  { busy, disk, nextStart, now, paused, slots }: Situation,
  firstOf: ReadonlyMap<string, string>,
  ahead: number,
): Gate | null => {
  const first = firstOf.get(candidate.worker)
  if (paused) return { _tag: "Paused" }
  if (disk.freeBytes < disk.neededBytes) return { _tag: "DiskFull", ...disk }
  // before what may be over sooner: a run that ended keeps its issue for a moment longer
  if (candidate.notBefore !== null && candidate.notBefore > now)
    return { _tag: "NotBefore", until: candidate.notBefore }
  if (busy.has(candidate.worker)) return { _tag: "IssueBusy", worker: candidate.worker }
  if (first !== undefined) return { _tag: "BehindSameIssue", id: first }
  if (candidate.takesSlot && slots.held >= slots.limit) return { _tag: "LimitReached", ...slots, ahead }
  return nextStart > now ? staggered(nextStart) : null
}

const staggered = (until: number): Gate => ({ _tag: "Staggered", until })

const earliest = (gates: ReadonlyMap<string, Gate>): number | null => {
  let soonest: number | null = null
  for (const gate of gates.values()) {
    if ((gate._tag === "NotBefore" || gate._tag === "Staggered") && (soonest === null || gate.until < soonest)) {
      soonest = gate.until
    }
  }
  return soonest
}

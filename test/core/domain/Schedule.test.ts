import { expect, test } from "bun:test"
import { type Candidate, decide, inTurn, type Situation } from "@kugetsu/core/domain/Schedule"
import { Arbitrary, Effect, Schema } from "effect"

const roomy = {
  now: 1_000_000,
  busy: new Set<string>(),
  slots: { limit: 3, held: 0 },
  paused: false,
  disk: { freeBytes: 10, neededBytes: 1 },
  nextStart: 0,
  startGapMs: 500,
}
const item = (id: string, worker: string, more: Partial<Candidate> = {}): Candidate => ({
  id,
  worker,
  takesSlot: true,
  priority: 0,
  notBefore: null,
  begun: false,
  ...more,
})
const decideOn = (pending: ReadonlyArray<Candidate>, more: Partial<Situation> = {}) =>
  decide({ ...roomy, pending, ...more })
const started = ({ start }: ReturnType<typeof decide>) => start?.id ?? null

/** Ticks as the daemon makes them, each start holding a slot and its issue, until nothing starts any more. */
const drain = (situation: Situation): ReadonlyArray<string> => {
  const { start } = decide(situation)
  if (start === null) return []
  return [
    start.id,
    ...drain({
      ...situation,
      now: situation.now + situation.startGapMs,
      nextStart: 0,
      pending: situation.pending.filter(({ id }) => id !== start.id),
      busy: new Set([...situation.busy, start.worker]),
      slots: { ...situation.slots, held: situation.slots.held + (start.takesSlot ? 1 : 0) },
    }),
  ]
}

test("the first in turn is started, and the next is put off by the gap", () => {
  const decision = decideOn([item("a", "1"), item("b", "2")])
  expect(started(decision)).toBe("a")
  expect(decision.gates.get("b")).toEqual({ _tag: "Staggered", until: 1_000_500 })
  expect(decision.wakeAt).toBe(1_000_500)
})

test("without a gap one item is started all the same, and the next at once after it", () => {
  const decision = decideOn([item("a", "1"), item("b", "2")], { startGapMs: 0 })
  expect(started(decision)).toBe("a")
  expect(decision.gates.get("b")).toEqual({ _tag: "Staggered", until: 1_000_000 })
  expect(decision.wakeAt).toBe(1_000_000)
})

test("a clock that was set back by an hour puts off no start by more than the gap", () => {
  const decision = decideOn([item("a", "1")], { nextStart: 1_000_000 + 3_600_000 })
  expect(decision.gates.get("a")).toEqual({ _tag: "Staggered", until: 1_000_500 })
})

test("a busy issue does not hold up the items behind it", () => {
  const decision = decideOn([item("a", "1"), item("b", "2")], { busy: new Set(["1"]) })
  expect(started(decision)).toBe("b")
  expect(decision.gates.get("a")?._tag).toBe("IssueBusy")
})

test("the PM takes no slot", () => {
  const decision = decideOn([item("a", "1"), item("p", "pm", { takesSlot: false })], { slots: { limit: 1, held: 1 } })
  expect(started(decision)).toBe("p")
})

test("a limit that was lowered below what runs starts nothing", () => {
  const decision = decideOn([item("a", "1")], { slots: { limit: 1, held: 3 } })
  expect(decision.gates.get("a")).toEqual({ _tag: "LimitReached", limit: 1, held: 3, ahead: 0 })
})

test("an item that waits for its next try keeps its place before later words to its issue", () => {
  const decision = decideOn([item("a", "1", { notBefore: 2_000_000, begun: true }), item("b", "1")])
  expect(started(decision)).toBeNull()
  expect(decision.gates.get("b")).toEqual({ _tag: "BehindSameIssue", id: "a" })
  expect(decision.wakeAt).toBe(2_000_000)
})

test("an item put off on purpose lets later words to its issue pass", () => {
  expect(started(decideOn([item("a", "1", { notBefore: 2_000_000 }), item("b", "1")]))).toBe("b")
})

test("a paused queue and a full disk start nothing, and say so for every item", () => {
  for (const [more, tag] of [
    [{ paused: true }, "Paused"],
    [{ disk: { freeBytes: 0, neededBytes: 1 } }, "DiskFull"],
  ] as const) {
    const decision = decideOn([item("a", "1"), item("b", "2")], more)
    expect([started(decision), [...decision.gates.values()].map(({ _tag }) => _tag)]).toEqual([null, [tag, tag]])
  }
})

const Situations = Schema.Struct({
  pending: Schema.Array(
    Schema.Struct({
      worker: Schema.Literals(["1", "2", "3", "4", "pm"]),
      priority: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 1 })),
      notBefore: Schema.NullOr(Schema.Literals([999_000, 1_001_000])),
      begun: Schema.Boolean,
    }),
  ),
  busy: Schema.Array(Schema.Literals(["1", "2", "3", "4", "pm"])),
  limit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
  held: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
  startGapMs: Schema.Literals([0, 500]),
})

const situationOf = (drawn: typeof Situations.Type): Situation => ({
  ...roomy,
  pending: drawn.pending.map((one, at) => ({ ...one, id: String(at), takesSlot: one.worker !== "pm" })),
  busy: new Set(drawn.busy),
  slots: { limit: drawn.limit, held: drawn.held },
  startGapMs: drawn.startGapMs,
})

const property = (name: string, holds: (situation: Situation) => boolean) =>
  test(name, async () => {
    const result = await Effect.runPromise(
      Arbitrary.checkEffect(Arbitrary.schema(Situations), (drawn) => Effect.succeed(holds(situationOf(drawn)))),
    )
    expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
  })

const byId = (situation: Situation, id: string) => situation.pending.find((one) => one.id === id)!

property("never are more slots held than the limit allows", (situation) => {
  const taken = drain(situation).filter((id) => byId(situation, id).takesSlot).length
  return taken === 0 || situation.slots.held + taken <= situation.slots.limit
})

property("never do two agents work on one issue", (situation) => {
  const workers = drain(situation).map((id) => byId(situation, id).worker)
  return new Set(workers).size === workers.length && workers.every((worker) => !situation.busy.has(worker))
})

property("a runnable item is never starved: with slots to spare every free worker's first item starts", (situation) => {
  const plenty = { ...situation, slots: { limit: 100, held: 0 } }
  const running = new Set(drain(plenty).map((id) => byId(situation, id).worker))
  return plenty.pending.every(
    ({ worker, notBefore }) =>
      running.has(worker) ||
      plenty.busy.has(worker) ||
      (notBefore !== null && notBefore > plenty.now) ||
      plenty.pending.some((one) => one.worker === worker && one.begun && (one.notBefore ?? 0) > plenty.now),
  )
})

property("among due items that take slots, what starts first is first in turn", (drawn) => {
  const situation = { ...drawn, pending: drawn.pending.map((one) => ({ ...one, notBefore: null })) }
  const order = inTurn(situation.pending).map(({ id }) => id)
  const places = drain(situation)
    .filter((id) => byId(situation, id).takesSlot)
    .map((id) => order.indexOf(id))
  return places.every((place, at) => at === 0 || places[at - 1]! < place)
})

property("the same situation gives the same decision, and every pending item is started or gated", (situation) => {
  const [one, two] = [decide(situation), decide(situation)]
  return (
    JSON.stringify([one.start, [...one.gates]]) === JSON.stringify([two.start, [...two.gates]]) &&
    (one.start === null ? 0 : 1) + one.gates.size === situation.pending.length
  )
})

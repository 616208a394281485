import { expect } from "bun:test"
import { takeSlot, usedSlots } from "@kugetsu/core/Slots"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { type HeldLock, isHeld, release, tryAcquire } from "@kugetsu/core/system/Lock"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const setUp = Effect.gen(function* () {
  const layer = KugetsuHome.at(yield* temporaryDirectory)
  return { layer, home: yield* Effect.provide(KugetsuHome, layer) }
})

effectTest("no more slots are given than the limit says, and a lowered limit counts all that are held", () =>
  Effect.gen(function* () {
    const { home, layer } = yield* setUp
    const take = (limit: number) => Effect.provide(takeSlot(limit), layer)
    const slots: Array<HeldLock> = []
    for (let n = 0; n < 3; n++) slots.push(yield* take(3))
    expect(new Set(slots.map((slot) => slot.path))).toEqual(new Set([1, 2, 3].map(home.slot)))
    expect(yield* Effect.flip(take(3))).toMatchObject({ _tag: "LimitReached", code: 2, limit: 3 })

    // the one that is left has a number beyond the limit, and 1 and 2 are free
    const last = slots.find((slot) => slot.path === home.slot(3))!
    for (const slot of slots) if (slot !== last) yield* release(slot)
    expect(yield* Effect.flip(take(1))).toMatchObject({ _tag: "LimitReached", limit: 1 })
    const second = yield* take(2)
    for (const slot of [last, second]) yield* release(slot)
    expect((yield* take(1)).path).toBe(home.slot(1))
  }),
)

effectTest("a refused start holds no slot", () =>
  Effect.gen(function* () {
    const { home, layer } = yield* setUp
    const slot = yield* Effect.provide(takeSlot(1), layer)
    yield* Effect.flip(Effect.provide(takeSlot(1), layer))
    yield* release(slot)
    for (const n of [1, 2, 3]) expect(yield* isHeld(home.slot(n))).toBe(false)
  }),
)

effectTest("as many slots are taken as are counted, whatever else lies among them and whatever their numbers", () =>
  Effect.gen(function* () {
    const { home, layer } = yield* setUp
    const take = (limit: number) => Effect.provide(takeSlot(limit), layer)
    const used = Effect.provide(usedSlots, layer)
    const slots = path.dirname(home.slot(1))
    fs.mkdirSync(slots, { recursive: true })
    for (const stray of ["1.5", "x", "-1", "1e1"]) fs.writeFileSync(path.join(slots, stray), "")
    const far = Option.getOrThrow(yield* tryAcquire(home.slot(9)))
    const stray = Option.getOrThrow(yield* tryAcquire(path.join(slots, "-1")))
    expect([yield* used, (yield* Effect.flip(take(1)))._tag]).toEqual([1, "LimitReached"])
    const near = yield* take(2)
    expect([yield* used, (yield* Effect.flip(take(2)))._tag]).toEqual([2, "LimitReached"])
    for (const lock of [far, near, stray]) yield* release(lock)
    expect([yield* used, fs.readdirSync(slots).length]).toEqual([0, 4 + 3])
  }),
)

effectTest("counting makes nothing where no agent ever ran, and leaves a free slot free", () =>
  Effect.gen(function* () {
    const { home, layer } = yield* setUp
    expect(yield* Effect.provide(usedSlots, layer)).toBe(0)
    expect(fs.readdirSync(home.root)).toEqual([])
    yield* release(yield* Effect.provide(takeSlot(1), layer))
    expect(yield* Effect.provide(usedSlots, layer)).toBe(0)
    expect(yield* isHeld(home.slot(1))).toBe(false)
  }),
)

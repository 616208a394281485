import { Notifications } from "@kugetsu/core/Notifications"
import { Settings } from "@kugetsu/core/Settings"
import { cleanTrash } from "@kugetsu/daemon/cleanTrash"
import { expect, test } from "bun:test"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { lockClone } from "@kugetsu/core/worktrees/SharedClone"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { canMount, mount } from "../kit/mounts.ts"
import { type TrashStage, trashStage } from "../kit/trashStage.ts"

const clean = (stage: TrashStage, days: string) => {
  stage.box.env.TRASH_DAYS = days
  const cleaned = Effect.flatMap(Settings, ({ load }) => Effect.flatMap(load, cleanTrash))
  return stage.use(Effect.provide(cleaned, Layer.fresh(Notifications.layer)))
}

const states = (stage: TrashStage) =>
  Effect.map(stage.list, (receipts) => receipts.map(({ name, state }) => `${name.at(-1)} ${state}`).sort())

const told = (stage: TrashStage) =>
  Effect.map(
    stage.use(Effect.provide(Notifications.use(({ list }) => list), Notifications.layer)),
    (all) => all.map(({ id, message }) => [id, message] as const),
  )

effectTest(
  "the daemon ends what was cut off and removes what is older than TRASH_DAYS, whatever else cannot be done",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const [saved, unsaved, cutOff, broken] = [
        yield* stage.issue("1"),
        yield* stage.issue("2"),
        yield* stage.issue("3"),
        yield* stage.issue("4"),
      ]
      yield* stage.discard(saved, { saved: true })
      yield* stage.discard(unsaved)
      for (const [place, change] of [
        [cutOff, {}],
        [broken, { clone: path.join(stage.root, "gone.git"), branch: { name: "x", sha: "0", removed: true } }],
      ] as const) {
        const receipt = yield* stage.discard(place)
        const file = path.join(stage.root, "trash", receipt.id, "receipt.json")
        fs.writeFileSync(file, JSON.stringify({ ...receipt, state: "moving", ...change }))
      }
      yield* clean(stage, "14")
      expect(yield* states(stage)).toEqual(["1 done", "2 done", "3 done", "4 moving"])
      yield* clean(stage, "0")
      expect(yield* states(stage)).toEqual(["2 done", "3 done", "4 moving"])
    }),
)

effectTest("of old trash all goes that can, whatever holds up the rest, and nobody is waited for", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const busyClone = path.join(stage.root, "repos/example.org/ann/busy.git")
    const trashed = Effect.fnUntraced(function* (issue: string) {
      const receipt = yield* stage.discard(yield* stage.issue(issue), { saved: true })
      return { receipt, at: (name: string) => path.join(stage.root, "trash", receipt.id, name) }
    })
    // the newest goes first
    yield* trashed("1")
    const second = yield* trashed("2")
    fs.writeFileSync(second.at("receipt.json"), JSON.stringify({ ...second.receipt, clone: busyClone }))
    fs.mkdirSync((yield* trashed("3")).at("rescue.bundle.new"))
    const busy = Effect.gen(function* () {
      yield* lockClone(yield* KugetsuHome, busyClone)
      yield* clean(stage, "0")
    })
    yield* stage.use(Effect.scoped(busy))
    expect(yield* states(stage)).toEqual(["2 done", "3 removing"])
    expect((yield* told(stage)).map(([, message]) => message)).toEqual([expect.stringContaining("of example.org/ann/repo#3")])
  }),
)

if (canMount) {
  effectTest("what is mounted in the trash stays whole, and can still be restored", () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("1")
      fs.mkdirSync(path.join(place.path, "data"))
      const { id } = yield* stage.discard(place, { saved: true })
      const precious = path.join(stage.box.dir, "precious")
      fs.mkdirSync(precious)
      fs.writeFileSync(path.join(precious, "work"), "")
      const at = path.join(stage.root, "trash", id, "worktree", "data")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* mount(at, "--bind", precious)
          yield* clean(stage, "0")
          expect([yield* states(stage), fs.readdirSync(precious)]).toEqual([["1 done"], ["work"]])
        }),
      )
      yield* stage.restore(place.ref)
      expect(fs.readdirSync(precious)).toEqual(["work"])
    }),
  )

  effectTest("what cannot be removed wholly stays in sight, and is told once", () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("1")
      fs.mkdirSync(path.join(place.path, "data"))
      const receipt = yield* stage.discard(place, { saved: true })
      const dir = path.join(stage.root, "trash", receipt.id)
      fs.writeFileSync(path.join(dir, "receipt.json"), JSON.stringify({ ...receipt, state: "removing" }))
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* mount(path.join(dir, "worktree", "data"), "-t", "tmpfs", "tmpfs")
          yield* clean(stage, "14")
          yield* clean(stage, "14")
          expect(yield* states(stage)).toEqual(["1 removing"])
        }),
      )
      expect(yield* told(stage)).toEqual([[`${receipt.id}.not_removed`, expect.stringContaining("is mounted at")]])
      yield* clean(stage, "14")
      expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
    }),
  )
} else test.skip("what is mounted in the trash stays whole (needs root)", () => undefined)

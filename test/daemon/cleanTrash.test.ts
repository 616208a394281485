import { Settings } from "@kugetsu/core/Settings"
import { cleanTrash } from "@kugetsu/daemon/cleanTrash"
import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { trashStage } from "../kit/trashStage.ts"

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
      const clean = (days: string) => {
        stage.box.env.TRASH_DAYS = days
        return stage.use(Effect.flatMap(Settings, ({ load }) => Effect.flatMap(load, cleanTrash)))
      }
      const states = Effect.map(stage.list, (receipts) =>
        receipts.map(({ name, state }) => `${name.at(-1)} ${state}`).sort(),
      )
      yield* clean("14")
      expect(yield* states).toEqual(["1 done", "2 done", "3 done", "4 moving"])
      yield* clean("0")
      expect(yield* states).toEqual(["2 done", "3 done", "4 moving"])
    }),
)

import { expect } from "bun:test"
import { destroyMoved } from "@kugetsu/core/trash/rescue"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { asNobody } from "../../kit/asNobody.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { trashStage } from "../../kit/trashStage.ts"

effectTest("read-only directories in the trash, as module caches are, go for good with the rest", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const receipt = yield* stage.discard(yield* stage.issue("14"))
    fs.chmodSync(stage.box.dir, 0o777)
    const to = path.join(stage.box.dir, "theirs")
    const cache = path.join(to, "go", "mod")
    asNobody(() => {
      fs.mkdirSync(cache, { recursive: true })
      fs.writeFileSync(path.join(cache, "file"), "")
      fs.chmodSync(cache, 0o555)
      Effect.runSync(destroyMoved({ ...receipt, moves: [{ what: "worktree", from: "/nowhere", to }] }))
    })
    expect(fs.existsSync(to)).toBe(false)
  }),
)

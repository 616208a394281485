import { expect } from "bun:test"
import { sessionFiles } from "@kugetsu/core/SessionFiles"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { obtain, release } from "@kugetsu/core/system/Lock"
import { Trash } from "@kugetsu/core/Trash"
import { Effect, Fiber, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { trashStage } from "../../kit/trashStage.ts"

effectTest("finish leaves a living prune, and a living restore, of a bare name alone", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const name = "r_20261120T063012_k3f9qa"
    const worktree = path.join(stage.root, "runs", name)
    const session = path.join(stage.root, "sessions", `${name}.json`)
    for (const file of [path.join(worktree, "request.json"), session]) {
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, "{}")
    }
    const receipts = () =>
      fs.readdirSync(path.join(stage.root, "trash")).map((id) => path.join(stage.root, "trash", id, "receipt.json"))
    const states = () => receipts().map((file) => JSON.parse(fs.readFileSync(file, "utf8")).state)

    /** Comes to its last step while the index is held; then somebody else finishes what he finds. */
    const livingThrough = <A, E>(change: Effect.Effect<A, E>, isLast: () => boolean) =>
      Effect.gen(function* () {
        const { lock } = sessionFiles(yield* KugetsuHome)
        const held = yield* obtain(lock, { waitMs: 0 })
        const living = yield* Effect.forkChild(change, { startImmediately: true })
        while (!isLast()) yield* Effect.sleep(5)
        const finished = yield* Effect.timeoutOption((yield* Trash).finish, 5000)
        yield* release(held)
        expect(finished).toEqual(Option.some({ done: [], failed: [] }))
        return yield* Fiber.join(living)
      })

    yield* stage.use(
      Effect.gen(function* () {
        const trash = yield* Trash
        const facts = { because: "prune", forced: false, evidence: [], saved: true } as const
        const prune = trash.discard({ ref: null, name, worktree, branch: null, ...facts })
        const { id } = yield* livingThrough(prune, () => !fs.existsSync(session))
        expect([states(), fs.existsSync(worktree)]).toEqual([["done"], false])
        yield* livingThrough(trash.restore(id), () => fs.existsSync(session))
        expect([receipts(), fs.existsSync(worktree)]).toEqual([[], true])
      }),
    )
  }),
)

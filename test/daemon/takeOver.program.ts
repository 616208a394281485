// takeOver.program.ts HOME RUN: a supervisor as far as its locks go; see RunLocks.test.ts
import { isFailure } from "@kugetsu/core/domain/Failure"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { takeOver } from "@kugetsu/daemon/RunLocks"
import { Effect, Layer } from "effect"

const [root = "", run = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const { request } = yield* (yield* Runs).require(run as RunId)
  const { descriptors, freeSlot } = yield* takeOver(request)
  process.stdout.write(`${descriptors.length} descriptors\n`)
  yield* Effect.promise(async () => {
    for await (const word of console) {
      if (word === "end") break
      await Effect.runPromise(freeSlot)
      process.stdout.write(`${word}\n`)
    }
  })
})

await Effect.runPromise(
  program.pipe(
    Effect.catch((error) =>
      Effect.sync(() => {
        process.stdout.write(isFailure(error) ? `${error._tag} ${error.code}\n` : `${String(error)}\n`)
      }),
    ),
    Effect.provide(Runs.layer.pipe(Layer.provideMerge(KugetsuHome.at(root)))),
  ),
)
process.exit(0)

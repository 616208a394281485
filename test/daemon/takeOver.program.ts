// takeOver.program.ts HOME RUN: a supervisor as far as its locks go; see RunLocks.test.ts
import { isFailure } from "@kugetsu/core/domain/Failure"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { takeOver } from "@kugetsu/daemon/RunLocks"
import { Effect, Layer, Result } from "effect"

const [root = "", run = ""] = process.argv.slice(2)
const say = (text: string) => process.stdout.write(`${text}\n`)

const taken = await Effect.runPromise(
  Effect.flatMap(Runs, (runs) => runs.require(run as RunId)).pipe(
    Effect.flatMap(({ request }) => takeOver(request)),
    Effect.provide(Runs.layer.pipe(Layer.provideMerge(KugetsuHome.at(root)))),
    Effect.result,
  ),
)
if (Result.isFailure(taken)) {
  say(isFailure(taken.failure) ? `${taken.failure._tag} ${taken.failure.code}` : String(taken.failure))
  process.exit(1)
}
say(`${taken.success.descriptors.length} descriptors`)
for await (const word of console) {
  if (word === "end") break
  await Effect.runPromise(taken.success.freeSlot)
  say(word)
}

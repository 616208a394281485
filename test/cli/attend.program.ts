import { attend } from "@kugetsu/cli/attend"
import { Json } from "@kugetsu/cli/flags"
import { answerOutcome } from "@kugetsu/cli/launchRun"
import { runProgram } from "@kugetsu/cli/runProgram"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"

/** What `start` does once its run is launched: `attend.program.ts HOME RUN`. */
const [home = "", run = ""] = process.argv.slice(2)
const layer = Layer.provideMerge(Runs.layer, KugetsuHome.at(home))
const program = attend(run as RunId, { log: true }).pipe(
  Effect.flatMap(answerOutcome),
  Effect.provideService(Json, false),
  Effect.provide(layer),
)
runProgram(program, { json: false })

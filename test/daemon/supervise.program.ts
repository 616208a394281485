// supervise.program.ts RUN LIMIT_MS: the supervisor of a run, which waits so long for its preparation
import { WorkLayer } from "@kugetsu/cli/layers/WorkLayer"
import { runProgram } from "@kugetsu/cli/runProgram"
import { agentRun } from "@kugetsu/daemon/agentRun"
import { Pace } from "@kugetsu/daemon/Pace"
import { Effect } from "effect"

const [run = "", limitMs = ""] = process.argv.slice(2)
const pace = Effect.map(Pace, (usual) => ({ ...usual, preparationLimitMs: Number(limitMs) }))

runProgram(agentRun(run).pipe(Effect.provideServiceEffect(Pace, pace), Effect.provide(WorkLayer)), { json: false })

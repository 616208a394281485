import { Cause, Effect, Exit } from "effect"
import * as os from "node:os"
import { parseArgs } from "node:util"
import { realStageWith } from "../kit/stage.ts"
import { trendTable } from "./flatness.ts"
import { soak } from "./soak.ts"

// The soak in its long form: the real opencode with a scripted model. `--minutes N`, `--agents N`.

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, agents: { type: "string", default: "3" } },
})
const lastsMs = Number(values.minutes) * 60_000
const agents = Number(values.agents)
const loadNow = () => os.loadavg()[0]?.toFixed(1) ?? "unknown"

const before = loadNow()
const cutOff = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => cutOff.abort())
const body = Effect.gen(function* () {
  const stage = yield* realStageWith({ model: { keepBodies: false } })
  return yield* soak(stage, { lastsMs, agents, lookMs: 1000, warmUpMs: lastsMs / 10, withLongTurn: true })
})
const exit = await Effect.runPromiseExit(Effect.scoped(body), { signal: cutOff.signal })
if (cutOff.signal.aborted) process.exit(130)
if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
const { agents: seen, faults, seconds, tasks, trends } = exit.value
console.log(trendTable(trends))
console.log(
  `${tasks} tasks in ${seconds} s; agents at work, by how many looks: ${[...seen].map(([n, looks]) => `${n}: ${looks}`).join(", ")}`,
)
console.log(`load average ${before} before and ${loadNow()} after, ${os.cpus().length} cores`)
for (const fault of faults) console.log(`FAULT ${fault}`)
console.log(faults.length === 0 ? "all holds" : `${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)

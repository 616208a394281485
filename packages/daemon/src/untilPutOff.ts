import { isIdle } from "@kugetsu/core/domain/Clocks"
import type { RunId } from "@kugetsu/core/domain/Run"
import type { RunPaths } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as fs from "node:fs"
import { cpuMeter } from "./cpuMeter.ts"
import { reportOf } from "./Ending.ts"

/** So long a slot is kept for an agent that its provider has put off. */
const PATIENCE_MS = 120_000
const LOOK_MS = 2000

/**
 * Done when the agent waits for its provider, and will for longer than a slot is kept for it: the queue waits as well,
 * and lets others work meanwhile. Gives what the provider said.
 */
export const untilPutOff = Effect.fn("untilPutOff")(function* (
  run: RunId,
  { events, stderr }: Pick<RunPaths, "events" | "stderr">,
) {
  const cpu = cpuMeter()
  let [logged, said, lookedAt] = [0, 0, performance.now()]
  for (;;) {
    yield* Effect.sleep(LOOK_MS)
    const [loggedNow, saidNow, now] = [sizeOf(stderr), sizeOf(events), performance.now()]
    // an agent that is put off complains, and neither it nor its tools do anything else
    const quiet = saidNow === said && isIdle({ ms: now - lookedAt, cpuMs: cpu() })
    const mayBePutOff = loggedNow > logged && quiet
    ;[logged, said, lookedAt] = [quiet ? loggedNow : logged, saidNow, now]
    if (!mayBePutOff) continue
    const quota = (yield* reportOf(run))?.quota
    if (quota?.again_at !== undefined && Date.parse(quota.again_at) - Date.now() > PATIENCE_MS) return quota
  }
})

/** Bytes in a file; 0 before it is there. */
const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0

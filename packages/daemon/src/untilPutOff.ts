import type { RunId } from "@kugetsu/core/domain/Run"
import type { RunPaths } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as fs from "node:fs"
import { reportOf } from "./Ending.ts"

/** So long a slot is kept for an agent that its provider has put off. */
const PATIENCE_MS = 120_000
const LOOK_MS = 2000

/**
 * Done when the agent waits for its provider, and will for longer than a slot is kept for it: the queue waits as well,
 * and lets others work meanwhile.
 */
export const untilPutOff = Effect.fn("untilPutOff")(function* (
  run: RunId,
  { events, stderr }: Pick<RunPaths, "events" | "stderr">,
) {
  let [logged, said] = [0, 0]
  for (;;) {
    yield* Effect.sleep(LOOK_MS)
    const [loggedNow, saidNow] = [sizeOf(stderr), sizeOf(events)]
    // an agent that is put off complains, and does nothing else
    const mayBePutOff = loggedNow > logged && saidNow === said
    ;[logged, said] = [saidNow === said ? loggedNow : logged, saidNow]
    if (!mayBePutOff) continue
    const again = (yield* reportOf(run))?.quota?.again_at
    if (again !== undefined && Date.parse(again) - Date.now() > PATIENCE_MS) return
  }
})

/** Bytes in a file; 0 before it is there. */
const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0

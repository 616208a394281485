import type { RunId } from "@kugetsu/core/domain/Run"
import { sweep } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import { RUN_VARIABLE } from "./RunLocks.ts"

/** Milliseconds between TERM and KILL, so that a test server or a git command can end in order. */
export const GRACE_MS = 2000

/** Ends every process of the run, and whatever was orphaned to this one. */
export const endProcesses = Effect.fnUntraced(function* (run: RunId, waitedFor: number | null, graceMs: number) {
  const outlived = yield* sweep({
    token: { name: RUN_VARIABLE, value: run },
    below: process.pid,
    waitedFor,
    graceMs,
  })
  if (outlived.length > 0) yield* Effect.logError(`processes that cannot be ended: ${outlived.join(", ")}`)
})

import type { RunId } from "@kugetsu/core/domain/Run"
import { settle } from "@kugetsu/daemon/settle"
import { Effect } from "effect"
import { WorkLayer } from "./layers/WorkLayer.ts"

/** The outcome of a run whose supervisor seems to be gone; None when it goes on after all. */
export const settleAbandoned = (run: RunId) => Effect.provide(settle(run, { holdsIssue: false }), WorkLayer)

import { lockNameOf, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { RunRequest } from "@kugetsu/core/domain/Run"
import { IssueBusy } from "@kugetsu/core/Launcher"
import { listDirectory } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { adopt, type HeldLock, obtain, release, tryAcquire } from "@kugetsu/core/system/Lock"
import { Effect, Option } from "effect"
import * as path from "node:path"
import { isOnScreen } from "./ScreenMark.ts"

/** Every process of a run carries this in its environment, with the run's id. */
export const RUN_VARIABLE = "KUGETSU_RUN"

/** The descriptor numbers under which a supervisor inherits its locks. */
const ISSUE_DESCRIPTOR = 3
const SLOT_DESCRIPTOR = 4

/** The name of the lock that stands for "one agent at a time": of an issue, or of the PM. */
export const lockName = (issueRef: string | null) =>
  issueRef === null ? Effect.succeed("pm-agent") : Effect.map(Effect.fromResult(parseIssueRef(issueRef)), lockNameOf)

/** The issue's lock. Nobody waits for a running agent: `waitMs` is for a supervisor that is about to end. */
export const lockIssue = Effect.fn("RunLocks.lockIssue")(function* (
  name: string,
  options: { readonly issue: string; readonly run: string | null; readonly waitMs: number },
) {
  const file = (yield* KugetsuHome).issueLock(name)
  return yield* obtain(file, options).pipe(
    Effect.catchTag("LockBusy", () =>
      Effect.flatMap(isOnScreen(file), (onScreen) => new IssueBusy({ ...options, onScreen })),
    ),
  )
})

/** The descriptors to hand to a supervisor, in the order `takeOver` expects. */
export const inherited = (issue: HeldLock, slot: HeldLock | null): ReadonlyArray<number> =>
  slot === null ? [issue.descriptor] : [issue.descriptor, slot.descriptor]

/** What a supervisor holds for as long as it lives. */
export interface RunLocks {
  /** To be handed on to the agent, so that they are held as long as either lives. */
  readonly descriptors: ReadonlyArray<number>
  /** Makes room for the next agent; the issue stays locked. */
  readonly freeSlot: Effect.Effect<void>
  /** Makes way for the next run of the issue, a moment before the end of this process does. */
  readonly freeIssue: Effect.Effect<void>
}

/**
 * In the supervisor: takes over what the launcher handed down, and the run's own lock. A supervisor that inherited
 * nothing (started by hand) must get the issue's lock itself.
 */
export const takeOver = Effect.fn("RunLocks.takeOver")(function* (request: RunRequest) {
  const home = yield* KugetsuHome
  const name = yield* lockName(request.issue_ref)
  const busy = { issue: request.issue_ref ?? "the PM", run: request.run }
  const inheritedIssue = adopt(home.issueLock(name), ISSUE_DESCRIPTOR)
  const issue = Option.isSome(inheritedIssue) ? inheritedIssue.value : yield* lockIssue(name, { ...busy, waitMs: 0 })
  const slot = (yield* listDirectory(path.dirname(home.slot(1))))
    .map((n) => Option.getOrNull(adopt(home.slot(Number(n)), SLOT_DESCRIPTOR)))
    .find((lock) => lock !== null)
  const run = yield* tryAcquire(home.run(request.run).lock)
  if (Option.isNone(run)) return yield* new IssueBusy(busy)
  return {
    descriptors: [issue, slot, run.value].flatMap((lock) => (lock === undefined ? [] : [lock.descriptor])),
    freeSlot: slot === undefined ? Effect.void : release(slot),
    freeIssue: release(issue),
  } satisfies RunLocks
})

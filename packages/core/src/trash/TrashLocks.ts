import { Effect, Option, Result } from "effect"
import { lockNameOf, parseIssueRef } from "../domain/IssueRef.ts"
import type { Receipt } from "../domain/Receipt.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { acquire, LockBusy, release, tryAcquire } from "../system/Lock.ts"

/** The lock that is held by whoever moves what the receipt is about: of an issue, of base and PM, of a bare name. */
export const lockOf = (home: KugetsuPaths, { issue_ref, name }: Pick<Receipt, "issue_ref" | "name">): string => {
  const ref = issue_ref === null ? null : Result.getOrElse(parseIssueRef(issue_ref), () => null)
  if (ref !== null) return home.issueLock(lockNameOf(ref))
  return home.issueLock(name === "base" ? "pm-agent" : name)
}

/** For the scope: keeps others off a bare name. The lock of an issue, and that of base and PM, is the caller's. */
export const lockName = Effect.fnUntraced(function* (home: KugetsuPaths, of: Pick<Receipt, "issue_ref" | "name">) {
  if (of.issue_ref === null && of.name !== "base" && of.name !== "pm-agent") {
    yield* acquire(lockOf(home, of), { waitMs })
  }
})

/** Milliseconds. Who looks whether anything is to be finished has it for moments. */
const waitMs = 10_000

/** With the issue's lock. None: somebody holds it, or another one that it needs, and it is his business then. */
export const unlessBusy = <A, E, R>(lock: string, effect: Effect.Effect<Option.Option<A>, E | LockBusy, R>) =>
  Effect.acquireUseRelease(
    tryAcquire(lock),
    (held) => (Option.isSome(held) ? effect : Effect.succeedNone),
    (held) => (Option.isSome(held) ? release(held.value) : Effect.void),
  ).pipe(Effect.catchIf(isBusy, () => Effect.succeedNone))

const isBusy = (error: unknown): error is LockBusy => error instanceof LockBusy

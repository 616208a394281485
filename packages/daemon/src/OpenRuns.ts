import { awaitsPullRequest } from "@kugetsu/core/awaitsPullRequest"
import { isRunId, type RunExit, type RunId } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { exists, listDirectory, touch } from "@kugetsu/core/system/Files"
import { RecordUnreadable } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { newsOfUnreadable, tellAll } from "./announce.ts"
import { endHungSupervisor, type Seen } from "./endHungSupervisor.ts"
import { noteAgent } from "./noteAgent.ts"
import { settle } from "./settle.ts"
import { attempted, tellTrouble } from "./trouble.ts"
import type { GoingOn } from "./untilRunChanges.ts"

/** A run that came to its outcome since the last look. */
export interface EndedRun {
  readonly record: RunRecord
  readonly exit: RunExit
  /** An earlier look could not tell everybody. */
  readonly again: boolean
}

/** What the daemon knows of runs between two looks; nothing of it is needed after a restart. */
export interface RunMemory {
  /** Ended and seen to: not looked at again. */
  readonly seenTo: Set<RunId>
  /** Ended, and not everybody could be told yet. */
  readonly untold: Set<RunId>
  /** What was seen of the supervisors of those that go on. */
  readonly signs: Map<RunId, Seen>
  /** Those whose item names their agent. */
  readonly noted: Set<RunId>
  readonly goingOn: GoingOn
}

export const newRunMemory = (): RunMemory => ({
  seenTo: new Set(),
  untold: new Set(),
  signs: new Map(),
  noted: new Set(),
  goingOn: new Map(),
})

/**
 * Looks at every run that has no end yet: records those whose supervisor died, kills hung supervisors, notes who works.
 * `elapsedMs` is the time since the last look, already bounded, so that a suspended machine kills nobody.
 */
export const lookAtRuns = Effect.fn("OpenRuns.lookAtRuns")(function* (memory: RunMemory, elapsedMs: number) {
  memory.goingOn.clear()
  // people may put other things there
  const ids = (yield* listDirectory((yield* KugetsuHome).runs)).filter(isRunId)
  forgetGone(memory, new Set(ids))
  const open = ids.filter((id) => !memory.seenTo.has(id))
  const looks = yield* Effect.forEach(
    open,
    (id) =>
      lookAt(id, memory, elapsedMs).pipe(
        Effect.catch((failure) =>
          tellTrouble(id, `run ${id}: ${failure.message}`).pipe(
            Effect.andThen(
              failure instanceof RecordUnreadable
                ? attempted(`news of ${failure.path}`, tellOf(id, failure))
                : Effect.void,
            ),
            Effect.as(Option.none<EndedRun>()),
          ),
        ),
      ),
    { concurrency: 8 },
  )
  return looks.flatMap((look) => Option.toArray(look))
})

/** The clean-up removes runs for as long as the daemon lives. */
const forgetGone = ({ noted, seenTo, signs, untold }: RunMemory, there: ReadonlySet<RunId>): void => {
  for (const ids of [noted, seenTo, signs, untold]) for (const id of ids.keys()) if (!there.has(id)) ids.delete(id)
}

const lookAt = Effect.fnUntraced(function* (id: RunId, memory: RunMemory, elapsedMs: number) {
  if (yield* exists((yield* KugetsuHome).run(id).seen)) {
    memory.seenTo.add(id)
    return Option.none<EndedRun>()
  }
  const found = yield* (yield* Runs).find(id)
  if (Option.isNone(found)) return Option.none<EndedRun>()
  const record = found.value
  const exit = record.exit ?? Option.getOrNull(yield* settle(id, { holdsIssue: false }))
  if (exit !== null && !awaitsPullRequest(record)) return Option.some({ record, exit, again: memory.untold.has(id) })
  yield* endHungSupervisor(record, memory.signs, elapsedMs)
  memory.goingOn.set(id, record)
  if (record.agent !== null && !memory.noted.has(id)) {
    yield* noteAgent(record)
    memory.noted.add(id)
  }
  return Option.none<EndedRun>()
})

/** Whatever waits for that run waits until somebody mends the record: its outcome is not guessed. */
const tellOf = Effect.fnUntraced(function* (id: RunId, record: RecordUnreadable) {
  const claimed = (yield* (yield* Queue).list(["notified"])).find(({ run }) => run === id)
  yield* tellAll([newsOfUnreadable(record, claimed?.issue_ref ?? null)])
})

/** Everybody was told of the run's end: no later daemon looks at it. One that does after all, does nothing new. */
export const markSeen = Effect.fn("OpenRuns.markSeen")(function* (run: RunId) {
  yield* Effect.ignore(touch((yield* KugetsuHome).run(run).seen))
})

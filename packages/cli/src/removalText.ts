import { ExitCode } from "@kugetsu/core/domain/Failure"
import { type Receipt, subjectOf } from "@kugetsu/core/domain/Receipt"
import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RefusalReason } from "@kugetsu/core/domain/Removal"
import { Effect } from "effect"
import { endWith } from "./Answered.ts"
import { harmless } from "./display.ts"
import { Json } from "./flags.ts"
import { type Paint, paint, paintErrors, print, printJson, tell } from "./terminal.ts"

/**
 * The answer after something went to the trash; the first receipt is of what was named, the others went along. `waiting`:
 * tasks that would start it anew.
 */
export const answerRemoved = Effect.fnUntraced(function* (
  what: string,
  receipts: readonly [Receipt, ...ReadonlyArray<Receipt>],
  waiting: ReadonlyArray<QueueItemId> = [],
) {
  const [receipt, ...along] = receipts
  const painted = yield* paint
  yield* (yield* Json)
    ? printJson({
        removed: true,
        reasons: [],
        receipt,
        ...(along.length > 0 && { along }),
        ...(waiting.length > 0 && { waiting }),
        code: ExitCode.done,
      })
    : print([`${painted("green", "destroyed")}  ${what}`, ...receipts.flatMap(linesOf)].join("\n"))
  if (waiting.length === 0) return
  const tasks =
    waiting.length === 1 ? "1 task waits for it and starts" : `${waiting.length} tasks wait for it and start`
  yield* tell(
    [`${tasks} it anew, unless cancelled:`, ...waiting.map((id) => `  kugetsu queue cancel ${id}`)].join("\n"),
  )
})

/** The answer after something left the trash for good. */
export const answerGone = Effect.fnUntraced(function* (receipt: Receipt) {
  yield* (yield* Json)
    ? printJson({ removed: true, reasons: [], receipt, code: ExitCode.done })
    : print(`${(yield* paint)("green", "removed for good")}  ${subjectOf(receipt)}, ${receipt.id}`)
})

const linesOf = ({ evidence, id, restore }: Receipt): ReadonlyArray<string> => [
  ...evidence.map((fact) => `  because  ${harmless(fact)}`),
  `  trash    ${id}`,
  `  restore  ${harmless(restore)}`,
]

/** The answer when something is kept, and the exit code that says so. */
export const answerRefused = Effect.fnUntraced(function* (
  what: string,
  reasons: ReadonlyArray<RefusalReason>,
  forced: boolean,
) {
  if (yield* Json) {
    yield* printJson({ removed: false, reasons, receipt: null, code: ExitCode.refused })
  } else {
    const painted = yield* paintErrors
    yield* tell(`${painted("red", "kugetsu:")} ${what} is kept:`)
    yield* tell(reasons.flatMap((reason) => reasonLines(reason, painted)).join("\n"))
    if (!forced) yield* tell("--force takes it to the trash as it is; kugetsu restore brings it back.")
  }
  return yield* endWith(ExitCode.refused)
})

/** Why something is kept: for what it has, or for a failure. */
export interface Reason {
  readonly reason: string
  readonly detail: string
  readonly remedy: string
}

export const reasonLines = ({ detail, reason, remedy }: Reason, paint: Paint): ReadonlyArray<string> => [
  `  ${paint("bold", reason)}: ${harmless(detail)}`,
  `    ${paint("dim", harmless(remedy))}`,
]

import { Effect } from "effect"
import { type Finding, problem, well } from "../domain/Finding.ts"
import { subjectOf } from "../domain/Receipt.ts"
import { receiptFiles } from "../trash/ReceiptFiles.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { Trash } from "../Trash.ts"
import { treat, type Treatment, withFix } from "./Treatment.ts"

/** Receipts that cannot be read, and moves that were cut off. */
export const checkTrash = Effect.fn("checkTrash")(function* (treatment: Treatment) {
  const home = yield* KugetsuHome
  const { receipts, unreadable } = yield* receiptFiles(home).survey
  const findings: Array<Finding> = unreadable.map(({ path, reason }) =>
    problem(path, reason, "Mend the file by hand; what it is for stays where it is."),
  )
  for (const receipt of receipts.filter(({ state }) => state !== "done")) {
    findings.push(
      yield* treat(
        treatment,
        {
          subject: receipt.id,
          found: `${subjectOf(receipt)}: ${receipt.state}, and was cut off`,
          remedy: withFix("brings it to its end"),
        },
        finishOne(receipt.id),
      ),
    )
  }
  return findings.length === 0 && receipts.length > 0
    ? [well(home.trash, `${receipts.length} things lie in it, all whole`)]
    : findings
})

/** All of them are ended at once, so that a later one may be found ended already. */
const finishOne = Effect.fnUntraced(function* (id: string) {
  const trash = yield* Trash
  const { done, failed } = yield* trash.finish
  const failure = failed.find(({ receipt }) => receipt.id === id)
  if (failure !== undefined) return yield* failure.failure
  const ended = done.find((receipt) => receipt.id === id)
  return ended === undefined ? "it came to its end, or somebody is at work on it" : `it is ${ended.state} now`
})

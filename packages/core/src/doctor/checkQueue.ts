import { Effect, Result } from "effect"
import * as path from "node:path"
import { parseIssueRef } from "../domain/IssueRef.ts"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import { Queue } from "../Queue.ts"
import { namesIn, readListing } from "../queue/ItemDirectory.ts"
import { quarantine } from "../queue/Quarantine.ts"
import { queueMark } from "../queue/QueueMark.ts"
import { attempt, exists } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { treat, type Treatment, withFix } from "./Treatment.ts"

const places = ["items", "running", "done"] as const

/** The records of the queue, read beside its lock: who looks through the queue itself puts strays away. */
export const checkQueue = Effect.fn("checkQueue")(function* (treatment: Treatment) {
  const { queue: paths } = yield* KugetsuHome
  if (!(yield* exists(paths.dir))) return []
  const findings: Array<Finding> = []
  for (const place of places) {
    const { items, strays } = yield* attempt("read", paths[place], () => listed(place, paths[place]))
    for (const { name } of strays) {
      const subject = path.join(paths[place], name)
      const ailment = { subject, found: "it is no task that can be understood, or lies at a wrong place" }
      const putAway = Effect.flatMap(Queue, (queue) => Effect.andThen(queue.reread, queue.list()))
      const remedy = withFix("puts it where it belongs, or aside")
      findings.push(yield* treat(treatment, { ...ailment, remedy }, Effect.as(putAway, "it was put away")))
    }
    if (place !== "items") continue
    for (const { id, item } of items) {
      if (item.issue_ref === null || Result.isSuccess(parseIssueRef(item.issue_ref))) continue
      const found = `${JSON.stringify(item.issue_ref)} is no issue, so that it cannot run`
      findings.push(problem(id, found, `Run: kugetsu queue cancel ${id}`))
    }
  }
  for (const { record } of yield* quarantine(paths).list) {
    const remedy = "Look at it; when nothing of it is needed any more, remove it with the .reason.json beside it."
    findings.push(problem(record.place, `it was put aside: ${record.reason}`, remedy))
  }
  if (yield* queueMark(paths).isLost) {
    findings.push(warning(paths.dir, "a queue was lost here", "The daemon tells of it once: kugetsu notify list"))
  }
  if (yield* exists(paths.paused)) {
    findings.push(warning(paths.dir, "it is paused", "Run: kugetsu queue resume"))
  }
  return findings.length === 0 ? [well(paths.dir, "every task in it is understood")] : findings
})

/** A file may move on while they are read: then it is not there, and is no stray. */
const listed = (place: (typeof places)[number], dir: string) => {
  for (let tries = 5; tries > 0; tries--) {
    const listing = readListing(place, dir, namesIn(dir))
    if (listing !== null) return listing
  }
  throw new Error("its tasks move on faster than they can be read")
}

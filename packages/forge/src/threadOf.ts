import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Effect } from "effect"
import type { Thread } from "./ForgeClient.ts"
import { unanswered } from "./Unanswered.ts"

/** The issue or pull request that a ref means at the forge; a free name such as `#-discuss` has none there. */
export const threadOf = (ref: IssueRef) => {
  const [, pull, number] = /^([pm]r-)?(\d+)$/.exec(ref.identifier) ?? []
  if (number !== undefined)
    return Effect.succeed<Thread>({ kind: pull === undefined ? "issue" : "pull request", number: Number(number) })
  return unanswered({
    host: ref.instance,
    operation: `issue ${ref.toString()}`,
    reason: "not_found",
    detail: `#${ref.identifier} is no number, so that the forge has no issue of it`,
    remedy: "Name an issue by its number.",
  })
}

import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import { writtenSection } from "@kugetsu/core/domain/writtenSection"
import { readIssue } from "@kugetsu/core/readIssue"
import { Settings } from "@kugetsu/core/Settings"
import { Effect } from "effect"
import { randomBytes } from "node:crypto"

/** What an agent is told of what others wrote, and in sentences what it could not be told, and why. */
export const tellOfIssue = Effect.fn("tellOfIssue")(function* (ref: IssueRef, pullRequest: PullRequest | null) {
  const { trustedAuthorsOnly: trustedOnly } = yield* (yield* Settings).load
  const reading = yield* readIssue(ref, pullRequest?.number ?? null)
  for (const sentence of reading.unread) yield* Effect.logWarning(sentence)
  const mark = `kugetsu:${randomBytes(8).toString("hex")}`
  return { written: writtenSection(reading, { mark, trustedOnly }), untold: reading.unread }
})

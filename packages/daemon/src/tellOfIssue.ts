import { harmlessLine } from "@kugetsu/core/domain/harmlessText"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { writtenSection } from "@kugetsu/core/domain/writtenSection"
import { readIssue } from "@kugetsu/core/readIssue"
import { recordedNumber } from "@kugetsu/core/recordedNumber"
import { Settings } from "@kugetsu/core/Settings"
import { Effect } from "effect"
import { randomBytes } from "node:crypto"
import type { IssueWorkplace } from "./Workplace.ts"

type Before = Pick<IssueWorkplace["before"], "pullRequest" | "recordedUrl">

/** What an agent is told of what others wrote, and in sentences what it could not be told, and why. */
export const tellOfIssue = Effect.fn("tellOfIssue")(function* (ref: IssueRef, before: Before) {
  const { trustedAuthorsOnly: trustedOnly } = yield* (yield* Settings).load
  const { number, unknown } = yield* numberOf(ref, before)
  const told = yield* readIssue(ref, number)
  const reading = { ...told, unread: [...told.unread, ...unknown] }
  for (const sentence of reading.unread) yield* Effect.logWarning(sentence)
  const mark = `kugetsu:${randomBytes(8).toString("hex")}`
  return { written: writtenSection(reading, { mark, trustedOnly }), untold: reading.unread }
})

/** Of the pull request whose reviews are read. Where the forge did not tell of any, the record may know its number. */
const numberOf = Effect.fnUntraced(function* (
  ref: IssueRef,
  { pullRequest: { pullRequest, unknown }, recordedUrl }: Before,
) {
  if (unknown === null) return { number: pullRequest?.number ?? null, unknown: [] }
  const number = yield* recordedNumber(ref, recordedUrl).pipe(
    Effect.catch(({ message }) => Effect.as(Effect.logWarning(message), null)),
  )
  const sentence = `whether there is a pull request is not known, and its reviews could not be read: ${unknown}`
  return { number, unknown: number === null ? [harmlessLine(sentence)] : [] }
})

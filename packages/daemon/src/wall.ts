import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { ExitCode } from "@kugetsu/core/domain/Failure"
import {
  comparePlaces,
  type ExpectedPlace,
  isOfSession,
  Mismatch,
  sentenceOf,
  type Tie,
} from "@kugetsu/core/domain/Isolation"
import { withoutSecrets } from "@kugetsu/core/domain/Secret"
import { realPath } from "@kugetsu/core/system/Files"
import { gatherTree } from "@kugetsu/core/worktrees/gatherTree"
import { markIssue } from "@kugetsu/core/worktrees/IssueMark"
import { Effect, Schema } from "effect"
import * as path from "node:path"
import { quarantine } from "./quarantine.ts"
import type { IssueWorkplace, Workplace } from "./Workplace.ts"

/** The agent's session or worktree is tied to something else than its issue. */
export class NotIsolated extends Schema.TaggedError<NotIsolated>()("NotIsolated", {
  owner: Schema.String,
  directory: Schema.String,
  mismatches: Schema.NonEmptyArray(Mismatch),
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.directory} is no place to work on ${this.owner} in: ${this.mismatches.map(sentenceOf).join("; ")}`
  }
  get remedy() {
    return `Nothing was started. ${remedies[this.mismatches[0].tie](this.mismatches[0], this.directory)}`
  }
}

const tryAgain = () => "Try again: another session is made, from what is kept of the issue's own conversation."
const moveAway = () => "Nothing in it was touched. Move the directory away, and start the issue again."

const remedies: Readonly<Record<Tie, (mismatch: Mismatch, directory: string) => string>> = {
  session: tryAgain,
  directory: tryAgain,
  storage: tryAgain,
  worktree: moveAway,
  issue: moveAway,
  branch: ({ expected, found }, directory) =>
    `Save what is on ${found}, then run: git -C '${directory}' switch ${expected}`,
  remote: ({ expected }, directory) => `To go back, run: git -C '${directory}' remote set-url origin '${expected}'`,
}

type Inhabited = Pick<Workplace, "place" | "session"> & {
  readonly issue: Pick<IssueWorkplace, "ref" | "worktree"> | null
}

/** Fails unless everything is in its place; a session that is not is put into quarantine. Right before the turn. */
export const requireIsolated = Effect.fn("wall.requireIsolated")(function* (inhabited: Inhabited) {
  const { issue, place } = inhabited
  const [first, ...others] = yield* mismatchesOf(inhabited, { marked: false })
  if (first !== undefined) {
    const mismatches = [first, ...others] as const
    if (mismatches.some(isOfSession)) yield* quarantine(inhabited, mismatches)
    return yield* new NotIsolated({ owner: ownerIn(inhabited), directory: place.directory, mismatches })
  }
  if (issue !== null) yield* markIssue(place.directory, issue.ref.toString())
})

/** What is in its place no more after the turn. */
export const misplacedAfter = (inhabited: Inhabited) => mismatchesOf(inhabited, { marked: true })

const mismatchesOf = Effect.fn("wall.mismatchesOf")(function* (
  inhabited: Inhabited,
  { marked }: Pick<ExpectedPlace, "marked">,
) {
  const { issue, place, session } = inhabited
  const expected: ExpectedPlace = {
    owner: ownerIn(inhabited),
    session,
    directory: yield* realOf(place),
    tree:
      issue === null
        ? null
        : {
            repository: yield* realPath(issue.worktree.clone),
            branch: issue.worktree.branch,
            remote: withoutSecrets(issue.worktree.cloneUrl),
          },
    marked,
  }
  const tree =
    issue === null ? null : yield* gatherTree(place.directory, { ref: issue.ref, remote: issue.worktree.cloneUrl })
  const found = { ...(yield* (yield* Agent).whereabouts(place, session)), tree }
  const comparison = comparePlaces(expected, found)
  return comparison._tag === "Fits" ? [] : comparison.mismatches
})

const ownerIn = ({ issue, place }: Inhabited): string => issue?.ref.toString() ?? place.name

/** Also of a directory that is gone. */
const realOf = ({ directory }: AgentPlace) => Effect.orElseSucceed(realPath(directory), () => path.resolve(directory))

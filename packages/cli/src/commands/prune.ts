import { ExitCode } from "@kugetsu/core/domain/Failure"
import { findOrphans, type Orphan, pruneOrphan, type Pruned } from "@kugetsu/core/pruneOrphans"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { harmless } from "../display.ts"
import { Json, toggle } from "../flags.ts"
import { printTable } from "../printTable.ts"
import { type Reason, reasonLines } from "../removalText.ts"
import { paintErrors, printJson, tell } from "../terminal.ts"

const force = toggle("force", "Take them to the trash; kugetsu restore brings them back")

export const prune = Command.make("prune", { force }, ({ force }) =>
  Effect.gen(function* () {
    const orphans = yield* findOrphans()
    const pruned = yield* Effect.forEach(orphans, (orphan) =>
      Effect.map(force ? pruneOrphan(orphan) : Effect.succeed(null), (result) => ({ orphan, result })),
    )
    if (yield* Json) yield* printJson(pruned.map(recordOf))
    else if (pruned.length === 0) yield* tell("There is nothing that belongs to no session.")
    else yield* printTable(["KIND", "ISSUE_REF", "PATH", "RESULT"], pruned.flatMap(rowsOf))
    yield* tellReasons(pruned)
    if (!force && orphans.length > 0) yield* tell("Nothing was changed. kugetsu prune --force takes them to the trash.")
    const code = exitCodeOf(pruned)
    if (code !== ExitCode.done) return yield* endWith(code)
  }),
).pipe(
  Command.withDescription(
    "Shows what no session owns: worktrees, databases, contexts, runs and clones. With --force they go to the trash, if nothing is lost by it. Base and PM are always kept, and a session that only the index lacks is indexed again.",
  ),
  Command.withExamples([
    { command: "kugetsu prune", description: "Only show them" },
    { command: "kugetsu prune --force" },
  ]),
)

interface Shown {
  readonly orphan: Orphan
  /** null: it was only to be shown. */
  readonly result: Pruned | null
}

/** What is kept for its own sake counts before what merely could not be done. */
const exitCodeOf = (pruned: ReadonlyArray<Shown>): number => {
  const results = pruned.map(({ result }) => result)
  if (results.some((result) => result?._tag === "Refused")) return ExitCode.refused
  return results.flatMap((result) => (result?._tag === "Failed" ? [result.failure.code] : []))[0] ?? ExitCode.done
}

const pathsOf = (orphan: Orphan): ReadonlyArray<string> => (orphan.kind === "issue" ? orphan.paths : [orphan.path])

const issueOf = (orphan: Orphan): string | null =>
  orphan.kind === "run" ? orphan.issueRef : orphan.kind === "issue" ? (orphan.ref?.toString() ?? null) : null

const recordOf = ({ orphan, result }: Shown) => ({
  kind: orphan.kind,
  name: orphan.name,
  issue_ref: issueOf(orphan),
  paths: pathsOf(orphan),
  removed: result?._tag === "Removed",
  reasons: reasonsOf(result),
  receipt: result?._tag === "Removed" ? result.receipt : null,
})

/** Why it is kept. */
const reasonsOf = (result: Pruned | null): ReadonlyArray<Reason> => {
  if (result?._tag === "Refused") return result.reasons
  if (result?._tag !== "Failed") return []
  const { _tag, message, remedy } = result.failure
  return [{ reason: _tag, detail: message, remedy }]
}

const rowsOf = ({ orphan, result }: Shown): ReadonlyArray<ReadonlyArray<string>> =>
  pathsOf(orphan).map((path) => [orphan.kind, issueOf(orphan) ?? "-", harmless(path), wordFor(result)])

const wordFor = (result: Pruned | null): string => {
  if (result === null) return "found"
  return { Removed: "in the trash", Refused: "kept", Failed: "kept", NoOrphan: "gone meanwhile" }[result._tag]
}

const tellReasons = Effect.fnUntraced(function* (pruned: ReadonlyArray<Shown>) {
  if (yield* Json) return
  const painted = yield* paintErrors
  for (const { orphan, result } of pruned) {
    const reasons = reasonsOf(result)
    if (reasons.length === 0) continue
    yield* tell(`${orphan.name} is kept:`)
    yield* tell(reasons.flatMap((reason) => reasonLines(reason, painted)).join("\n"))
  }
})

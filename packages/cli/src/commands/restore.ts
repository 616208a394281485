import { isTrashId, type Receipt } from "@kugetsu/core/domain/Receipt"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { restoreIssue } from "@kugetsu/core/restoreIssue"
import { Trash } from "@kugetsu/core/Trash"
import { Clock, Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { age, harmless, oneLine } from "../display.ts"
import { Json } from "../flags.ts"
import { printTable } from "../printTable.ts"
import { answerUnreadable } from "../reportFailure.ts"
import { paint, print, printJson, tell } from "../terminal.ts"

const which = Argument.String("ref or id").pipe(
  Argument.withDescription("An issue, or the id of something in the trash; without it the trash is listed"),
  Argument.optional,
)

export const restore = Command.make("restore", { which }, ({ which }) =>
  Effect.gen(function* () {
    if (Option.isNone(which)) return yield* listTrash
    const text = which.value
    const receipt = yield* restoreIssue(isTrashId(text) ? text : yield* resolveIssue(text))
    for (const missing of receipt.missing) yield* tell(`not restored: ${harmless(missing)}`)
    yield* (yield* Json) ? printJson(receipt) : print(`${(yield* paint)("green", "restored")}  ${nameOf(receipt)}`)
  }),
).pipe(
  Command.withDescription(
    "Brings back what destroy or prune took, byte for byte: worktree, branch, staged and ignored files, session and database. Without a name it lists what can be brought back.",
  ),
  Command.withExamples([
    { command: "kugetsu restore", description: "What is in the trash" },
    { command: "kugetsu restore github.com/you/repo#14" },
    { command: "kugetsu restore t_20261120T063012345_k3f9qa", description: "An older one" },
  ]),
)

const listTrash = Effect.gen(function* () {
  const { receipts, unreadable } = yield* (yield* Trash).survey
  const there = receipts.filter(({ state }) => state !== "restored")
  if (yield* Json) yield* printJson(there)
  else {
    const now = yield* Clock.currentTimeMillis
    const rows = there.map((receipt) => [
      receipt.id,
      nameOf(receipt),
      receipt.because,
      receipt.saved ? "yes" : "no",
      oneLine(receipt.branch?.name ?? "-", 60),
      age(receipt.discarded_at, now),
    ])
    yield* printTable(["ID", "WHAT", "BECAUSE", "SAVED", "BRANCH", "AGE"], rows)
    for (const { id, state } of there) {
      if (state === "removing")
        yield* tell(`${id} was not removed wholly, and cannot be brought back; again: kugetsu destroy --trash ${id}`)
    }
  }
  yield* answerUnreadable(unreadable)
})

const nameOf = ({ issue_ref, name }: Receipt): string => issue_ref ?? name

import { Effect, Option } from "effect"
import type { IssueRef } from "../domain/IssueRef.ts"
import { isOfIssue, isTrashId, Receipt, relocated, type TrashId } from "../domain/Receipt.ts"
import { redactor } from "../Redactor.ts"
import { ensureDirectory, exists, type HomeUnusable, listDirectory } from "../system/Files.ts"
import { jsonFile, RecordUnreadable } from "../system/JsonFile.ts"
import { KugetsuHome, type KugetsuPaths } from "../system/KugetsuHome.ts"
import { NotInTrash } from "./NotInTrash.ts"

/** What was understood, and an error for each receipt that was not. */
export interface TrashSurvey {
  readonly receipts: ReadonlyArray<Receipt>
  readonly unreadable: ReadonlyArray<RecordUnreadable>
}

const receiptFile = jsonFile(Receipt)

/** What a kill leaves before a receipt is there, or after it has gone. */
const isScrap = (name: string) => /^\.receipt\.json\..+\.tmp$/.test(name)

/** The receipts of `trash/`. */
export const receiptFiles = (home: KugetsuPaths) => {
  const ids = Effect.map(listDirectory(home.trash), (names) => names.filter(isTrashId).toReversed())

  const read = Effect.fnUntraced(function* (
    id: TrashId,
  ): Effect.fn.Return<Option.Option<Receipt>, RecordUnreadable | HomeUnusable> {
    const { dir, receipt: file } = home.trashed(id)
    const found = yield* receiptFile.find(file)
    if (Option.isSome(found)) {
      return found.value.id === id
        ? Option.some(relocated(found.value, home.root))
        : yield* new RecordUnreadable({ path: file, reason: `it is the receipt of ${found.value.id}` })
    }
    if ((yield* listDirectory(dir)).every(isScrap)) return Option.none()
    return yield* new RecordUnreadable({ path: file, reason: "it is not there, and what it was for is" })
  })

  const survey: Effect.Effect<TrashSurvey, HomeUnusable> = Effect.gen(function* () {
    const receipts: Array<Receipt> = []
    const unreadable: Array<RecordUnreadable> = []
    for (const id of yield* ids) {
      const outcome = yield* Effect.catchTag(read(id), "RecordUnreadable", Effect.succeed)
      if (outcome instanceof RecordUnreadable) unreadable.push(outcome)
      else if (Option.isSome(outcome)) receipts.push(outcome.value)
    }
    return { receipts, unreadable }
  })

  /** Those that are readable; the others are told of. */
  const readable = Effect.gen(function* () {
    const { receipts, unreadable } = yield* survey
    for (const error of unreadable) yield* Effect.logWarning(error.message)
    return receipts
  })

  const write = Effect.fnUntraced(function* (receipt: Receipt) {
    const { dir, receipt: file } = home.trashed(receipt.id)
    yield* ensureDirectory(dir)
    const redact = yield* Effect.provideService(redactor, KugetsuHome, home)
    // what commits and stashes are called is theirs, and comes back as it was
    const told = { ...receipt, evidence: receipt.evidence.map(redact), missing: receipt.missing.map(redact) }
    yield* receiptFile.replace(file, told)
    return told
  })

  const find = Effect.fnUntraced(function* (
    which: IssueRef | TrashId,
  ): Effect.fn.Return<Receipt, NotInTrash | RecordUnreadable | HomeUnusable> {
    const isThere = (receipt: Receipt) => receipt.state !== "removing"
    if (isTrashId(which)) {
      const known = (yield* exists(home.trashed(which).dir)) ? yield* read(which) : Option.none()
      return yield* Effect.mapError(
        Effect.fromOption(Option.filter(known, isThere)),
        () => new NotInTrash({ wanted: which }),
      )
    }
    const { receipts, unreadable } = yield* survey
    const newest = receipts.find((receipt) => isThere(receipt) && isOfIssue(receipt, which))
    if (newest !== undefined) return newest
    // it may be among these
    return yield* unreadable[0] ?? new NotInTrash({ wanted: which.toString() })
  })

  return { ids, read, survey, readable, write, find }
}

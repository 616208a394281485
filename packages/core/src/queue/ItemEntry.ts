import { Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { claimed, UNFINISHED } from "../domain/ItemChange.ts"
import { isQueueItemId, type ItemState, type QueueItem, type QueueItemId, turnOf } from "../domain/QueueItem.ts"
import { isRunId } from "../domain/Run.ts"
import { readStoredItem, type StoredItem } from "../domain/StoredItem.ts"
import type { Claim } from "../Queue.ts"

/** The directories an item goes through; it is in one of them at any moment, and that one says its state. */
export type Place = "items" | "running" | "done"

export const placeOf = (state: ItemState): Place =>
  state === "pending" ? "items" : state === "notified" ? "running" : "done"

/** One file of theirs. */
export interface Spot {
  readonly place: Place
  readonly name: string
}

/** What a file in one of the directories turned out to be. */
export type Entry =
  /** `written` is the item as its file has it, without what directory and name say. */
  | {
      readonly _tag: "Item"
      readonly id: QueueItemId
      readonly item: QueueItem
      readonly written: QueueItem
      /** Of `turnOf`. */
      readonly turn: string
    }
  /** The first kugetsu's, and not pending: it belongs to `done`. */
  | { readonly _tag: "Misplaced"; readonly id: QueueItemId }
  | { readonly _tag: "Broken"; readonly reason: string }

export const nameOf = (id: QueueItemId): string => `${id}.json`

/** A running item names its run: claiming is one rename, and nobody can take one run's claim for another's. */
export const runningNameOf = ({ id, run }: Claim): string => `${id}.${run}.json`

export const claimOf = (name: string): Claim | null => {
  const [, id, run] = /^([^.]+)\.([^.]+)\.json$/.exec(name) ?? []
  return isQueueItemId(id) && isRunId(run) ? { id, run } : null
}

/** Bytes: the longest message, every byte of it escaped, and room for the rest. */
const LARGEST_RECORD = 8 * 1024 * 1024

export const inspect = (file: string): fs.Stats | undefined => fs.lstatSync(file, { throwIfNoEntry: false })

/** null: there is no such file. Throws what the system says when it cannot be read. */
export const readEntry = (place: Place, file: string, stat = inspect(file)): Entry | null => {
  if (stat === undefined) return null
  if (!stat.isFile()) return broken("it is no file")
  if (stat.size === 0) return broken("it is empty")
  if (stat.size > LARGEST_RECORD) return broken(`it has ${stat.size} bytes, and ${LARGEST_RECORD} is the most`)
  const read = readStoredItem(fs.readFileSync(file, "utf8"))
  if (Result.isFailure(read)) return broken(read.failure)
  return placed(place, path.basename(file), read.success)
}

const broken = (reason: string): Entry => ({ _tag: "Broken", reason })

const placed = (place: Place, name: string, { first, item }: StoredItem): Entry => {
  const claim = place === "running" ? claimOf(name) : null
  if (name !== (claim === null ? nameOf(item.id) : runningNameOf({ id: item.id, run: claim.run }))) {
    return broken(`the item in it is ${item.id}, its name says otherwise`)
  }
  if (place === "running" && claim === null) return broken("it is among the running ones, and its name has no run")
  if (place === "items" && first && item.state !== "pending") return { _tag: "Misplaced", id: item.id }
  return { _tag: "Item", id: item.id, item: shown(place, item, claim, first), written: item, turn: turnOf(item) }
}

/** Directory and name are the truth; what the file says of the state is a copy. */
const shown = (place: Place, item: QueueItem, claim: Claim | null, first: boolean): QueueItem => {
  if (claim !== null) return claimed(item, claim.run)
  if (place === "items") return { ...item, state: "pending", completed_at: null, pid: null }
  if (item.state === "completed" || item.state === "error") return item
  return { ...item, state: "error", error: first ? UNFINISHED : item.error }
}

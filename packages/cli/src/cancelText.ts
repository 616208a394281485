import { CANCELLED } from "@kugetsu/core/domain/ItemChange"
import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunExit } from "@kugetsu/core/domain/Run"
import { oneLine } from "./display.ts"

/** What became of an item that was to be cancelled, by the state it has come to; `ended`: the run that was ended for it. */
export const cancelText = (item: QueueItem, ended: Pick<RunExit, "run" | "outcome"> | null): string => {
  const run = ended === null ? "" : `; its run ${ended.run} ended: ${ended.outcome}`
  switch (item.state) {
    case "error":
      return item.error === CANCELLED || ended?.outcome === "stopped"
        ? `${item.id} is cancelled${run}`
        : `${item.id} ended in error before it could be cancelled: ${oneLine(item.error ?? "no reason is known")}${run}`
    case "completed":
      return `${item.id} was completed before it could be cancelled${run}`
    case "pending":
      return `${item.id} was given back meanwhile, and waits${run}`
    case "notified":
      if (!item.cancel_requested) return `${item.id} was given back meanwhile, and runs as ${item.run}${run}`
      if (ended === null) {
        return `${item.id} is being cancelled: its run ${item.run} has not begun, and is ended before its agent starts`
      }
      return ended.outcome === "stopped"
        ? `${item.id} is being cancelled${run}, which a daemon has yet to settle`
        : `${item.id} was not cancelled before its run ${ended.run} ended: ${ended.outcome}, which a daemon has yet to settle`
  }
}

import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Layer } from "effect"

/** The queue and what people are told: enough to leave a task. */
export const QueueLayer = Layer.mergeAll(FileQueue.layer, Notifications.layer).pipe(
  Layer.provideMerge(KugetsuHome.layer),
)

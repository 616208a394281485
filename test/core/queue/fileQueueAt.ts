import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Layer } from "effect"

/** The queue of a home; each use of it is like another process. */
export const fileQueueAt = (home: string) => Layer.fresh(Layer.provide(FileQueue.layer, KugetsuHome.at(home)))

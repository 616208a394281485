import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import { Layer } from "effect"
import { QueueLayer } from "./QueueLayer.ts"
import { RecordsLayer } from "./RecordsLayer.ts"

/** The queue beside the files of the home, and where a message may come from. */
export const TaskLayer = Layer.mergeAll(QueueLayer, NodeFileSystem.layer, NodeStdio.layer).pipe(
  Layer.provideMerge(RecordsLayer),
)

import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import { GitAccess } from "@kugetsu/core/GitAccess"
import { Git } from "@kugetsu/core/system/Git"
import { Processes } from "@kugetsu/core/system/Processes"
import { Layer } from "effect"
import { RecordsLayer } from "./RecordsLayer.ts"

const SystemLayer = NodeChildProcessSpawner.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer)),
)

/** Records, processes, git, and how git reaches a remote. */
export const GitLayer = GitAccess.layer.pipe(
  Layer.provideMerge(Git.layer),
  Layer.provideMerge(Processes.layer),
  Layer.provideMerge(SystemLayer),
  Layer.provideMerge(RecordsLayer),
)

import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import { Forge } from "@kugetsu/forge/Forge"
import { Layer } from "effect"
import { RecordsLayer } from "./RecordsLayer.ts"

/** The forges beside the files of the home, and where a text may come from. */
export const ForgeLayer = Layer.mergeAll(Forge.layer, NodeFileSystem.layer, NodeStdio.layer).pipe(
  Layer.provideMerge(RecordsLayer),
)

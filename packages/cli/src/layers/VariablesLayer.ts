import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Layer } from "effect"

export const VariablesLayer = Layer.mergeAll(EnvFiles.layer, NodeStdio.layer).pipe(
  Layer.provideMerge(KugetsuHome.layer),
)

import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { Opencode } from "@kugetsu/core/opencode/Opencode"
import { OpencodeScreen } from "@kugetsu/core/opencode/OpencodeScreen"
import { Trash } from "@kugetsu/core/Trash"
import { Worktrees } from "@kugetsu/core/Worktrees"
import * as SupervisorLauncher from "@kugetsu/daemon/SupervisorLauncher"
import { Forge } from "@kugetsu/forge/Forge"
import { Layer } from "effect"
import { QueueLayer } from "./QueueLayer.ts"
import { GitLayer } from "./GitLayer.ts"

/** Every service there is. */
export const WorkLayer = SupervisorLauncher.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(Opencode.layer, OpencodeScreen.layer, Worktrees.layer, AgentEnvironment.layer)),
  Layer.provideMerge(Layer.mergeAll(Forge.layer, Trash.layer)),
  Layer.provideMerge(QueueLayer),
  Layer.provideMerge(GitLayer),
)

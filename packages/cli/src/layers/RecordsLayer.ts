import { Contexts } from "@kugetsu/core/Contexts"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Runs } from "@kugetsu/core/Runs"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { Layer } from "effect"
import { SessionsLayer } from "./SessionsLayer.ts"

/** Services over the files of the home: enough for all that only reads or writes records. */
export const RecordsLayer = Contexts.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(Runs.layer, EnvFiles.layer, Servers.layer)),
  Layer.provideMerge(Settings.layer),
  Layer.provideMerge(SessionsLayer),
)

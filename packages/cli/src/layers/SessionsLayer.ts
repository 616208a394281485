import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Layer } from "effect"

export const SessionsLayer = Layer.provideMerge(Sessions.layer, KugetsuHome.layer)

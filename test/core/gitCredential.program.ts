import { gitCredential } from "@kugetsu/cli/gitCredential"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import { gitLayers } from "../kit/gitLayers.ts"

/** What `kugetsu git-credential <operation>` does, over the environment that git gives it. */
const env = Object.fromEntries(Object.entries(process.env).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])))
const root = env.KUGETSU_DIR ?? ""
const layers = Layer.merge(gitLayers({ root, env }), KugetsuHome.at(root))
process.stdout.write(
  await Effect.runPromise(Effect.provide(gitCredential(process.argv[2] ?? "", await Bun.stdin.text()), layers)),
)

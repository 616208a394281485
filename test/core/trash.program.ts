import { Trash } from "@kugetsu/core/Trash"
import { TrashId } from "@kugetsu/core/domain/Receipt"
import { Effect, Layer, Logger } from "effect"
import { discardOf, issueOf, trashLayers } from "../kit/trashStage.ts"

// A process of its own that works on the trash of KUGETSU_DIR, for an issue whose place is told as JSON.

const main = ([verb, text = ""]: ReadonlyArray<string>): Effect.Effect<unknown, unknown, Trash> =>
  Trash.use((trash): Effect.Effect<unknown, unknown> => {
    const { identifier, ...what } = JSON.parse(text) as Record<"identifier" | "name" | "path" | "branch", string>
    switch (verb) {
      case "discard":
        return trash.discard(discardOf({ ...what, ref: issueOf(identifier) }))
      case "restore":
        return trash.restore(issueOf(identifier))
      case "remove":
        return trash.remove(TrashId.make(identifier))
      case "finish":
        return trash.finish
      default:
        return Effect.die(`no such verb: ${verb}`)
    }
  })

const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
)
const layers = Layer.mergeAll(trashLayers({ root: env.KUGETSU_DIR ?? "", env }), Logger.layer([]))
await Effect.runPromise(Effect.provide(main(process.argv.slice(2)), layers))

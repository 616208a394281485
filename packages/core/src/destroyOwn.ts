import { Effect, Option } from "effect"
import { Launcher } from "./Launcher.ts"
import { NotTracked } from "./NotTracked.ts"
import { Sessions } from "./Sessions.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire } from "./system/Lock.ts"
import { Trash } from "./Trash.ts"

/** Takes the PM's session and database to the trash, when it has no running agent. */
export const destroyPm = Effect.fn("destroyPm")(function* () {
  yield* holdOwn
  if (Option.isNone(yield* (yield* Sessions).pm)) return yield* new NotTracked({ what: "the PM" })
  const receipt = yield* discardOwn("pm-agent")
  yield* (yield* Sessions).survey // mends the index
  return receipt
}, Effect.scoped)

/** Takes the base session to the trash, and the PM's, which stands on it. */
export const destroyBase = Effect.fn("destroyBase")(function* () {
  const sessions = yield* Sessions
  yield* holdOwn
  if (Option.isNone(yield* sessions.base)) return yield* new NotTracked({ what: "the base" })
  const pm = Option.isSome(yield* sessions.pm) ? yield* discardOwn("pm-agent") : null
  const base = yield* discardOwn("base")
  yield* sessions.survey // mends the index
  return { base, pm }
}, Effect.scoped)

/** No run of the PM, and no `init`. */
const holdOwn = Effect.gen(function* () {
  yield* acquire((yield* KugetsuHome).lock("init.lock"), { waitMs: 0 })
  yield* (yield* Launcher).hold(null)
})

const discardOwn = (name: "base" | "pm-agent") =>
  Trash.use((trash) =>
    trash.discard({
      ref: null,
      name,
      worktree: null,
      branch: null,
      because: "destroy",
      forced: false,
      evidence: ["a person asked for it by name", "no agent of the PM is running"],
      saved: true,
    }),
  )

import { Effect, Option } from "effect"
import type { Receipt } from "./domain/Receipt.ts"
import { Launcher } from "./Launcher.ts"
import { NotTracked } from "./NotTracked.ts"
import { Sessions } from "./Sessions.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire } from "./system/Lock.ts"
import { Trash } from "./Trash.ts"

/** Takes the PM's session and database to the trash, when it has no running agent. */
export const destroyPm = Effect.fn("destroyPm")(function* () {
  const settled = yield* holdOwn
  const receipt = Option.isSome(yield* (yield* Sessions).pm)
    ? yield* discardOwn("pm-agent")
    : yield* goneBefore(settled, "pm-agent", "the PM")
  yield* (yield* Sessions).survey // mends the index
  return receipt
}, Effect.scoped)

/** Takes the base session to the trash, and the PM's, which stands on it. */
export const destroyBase = Effect.fn("destroyBase")(function* () {
  const sessions = yield* Sessions
  const settled = [...(yield* holdOwn), ...(yield* (yield* Trash).settle("base"))]
  const gone = Option.isSome(yield* sessions.base) ? null : yield* goneBefore(settled, "base", "the base")
  const pm = Option.isSome(yield* sessions.pm) ? yield* discardOwn("pm-agent") : null
  const base = gone ?? (yield* discardOwn("base"))
  yield* sessions.survey // mends the index
  return { base, pm }
}, Effect.scoped)

/** No run of the PM, and no `init`. */
const holdOwn = Effect.gen(function* () {
  yield* acquire((yield* KugetsuHome).lock("init.lock"), { waitMs: 0 })
  return yield* (yield* Launcher).hold(null)
})

/** What an earlier command was taking away when it was cut off, and is gone now. */
const goneBefore = (settled: ReadonlyArray<Receipt>, name: "base" | "pm-agent", what: string) => {
  const gone = settled.find((receipt) => receipt.name === name && receipt.state === "done")
  return gone === undefined ? Effect.fail(new NotTracked({ what })) : Effect.succeed(gone)
}

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

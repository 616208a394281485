import { endedAt } from "@kugetsu/core/domain/ItemChange"
import { ItemState } from "@kugetsu/core/domain/QueueItem"
import { Queue } from "@kugetsu/core/Queue"
import { Clock, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Json } from "../../flags.ts"
import { printItems } from "../../itemText.ts"
import { printJson } from "../../terminal.ts"
import { tellQueueTroubles } from "../../queueTroubles.ts"

const state = Flag.Literals("state", ItemState.literals).pipe(
  Flag.withDescription("Only items in this state"),
  Flag.optional,
)

export const list = Command.make("list", { state }, ({ state }) =>
  Effect.gen(function* () {
    const found = yield* (yield* Queue).list(Option.isSome(state) ? [state.value] : undefined)
    const inState = (wanted: ItemState) => found.filter((item) => item.state === wanted)
    const ended = [...inState("completed"), ...inState("error")].sort((a, b) => endedAt(a) - endedAt(b))
    const items = [...ended, ...inState("notified"), ...inState("pending")]
    yield* (yield* Json) ? printJson(items) : printItems(items, yield* Clock.currentTimeMillis)
    yield* tellQueueTroubles
  }),
).pipe(
  Command.withDescription(
    "Shows the queue: what has ended, then what runs (notified), then what waits (pending) in the order in which it may start. A record that cannot be understood is put aside, into queue/bad/, and named.",
  ),
  Command.withExamples([
    { command: "kugetsu queue list" },
    { command: "kugetsu queue list --state pending --json | jq '.[].id'" },
  ]),
)

import { EnvFiles, type EnvName } from "@kugetsu/core/EnvFiles"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { receiptFiles } from "@kugetsu/core/trash/ReceiptFiles"
import { Effect } from "effect"

/** Whatever cannot be read is no name: a completion is no place for errors. */
const namesOf = <E, R>(names: Effect.Effect<ReadonlyArray<string>, E, R>) => Effect.orElseSucceed(names, () => [])

const refs = namesOf(
  Effect.gen(function* () {
    const { sessions } = yield* (yield* Sessions).survey
    return sessions.flatMap(({ session }) => session.issue_ref ?? [])
  }),
)
const runs = namesOf(
  Effect.gen(function* () {
    return (yield* (yield* Runs).survey).runs.map(({ request }) => request.run)
  }),
)
const items = namesOf(
  Effect.gen(function* () {
    return (yield* (yield* Queue).list()).map(({ id }) => id)
  }),
)
const servers = namesOf(
  Effect.gen(function* () {
    return (yield* (yield* Servers).list).map(({ name }) => name)
  }),
)
const trashed = namesOf(
  Effect.gen(function* () {
    const { receipts } = yield* receiptFiles(yield* KugetsuHome).survey
    return receipts.flatMap(({ issue_ref }) => issue_ref ?? [])
  }),
)
const keysOf = (name: EnvName) =>
  namesOf(
    Effect.gen(function* () {
      return [...(yield* (yield* EnvFiles).read(name)).keys()]
    }),
  )
const keys = Effect.map(Effect.all([keysOf("default"), keysOf("dev"), keysOf("pm-agent")]), (all) => all.flat())

/** What can stand after the words of a command. */
export const namesAfter = {
  start: refs,
  continue: refs,
  open: refs,
  stop: refs,
  context: refs,
  destroy: refs,
  restore: trashed,
  issue: refs,
  comment: refs,
  "set-pr": refs,
  explain: Effect.zipWith(refs, items, (a, b) => [...a, ...b]),
  logs: Effect.zipWith(refs, runs, (a, b) => [...a, ...b]),
  "queue enqueue": refs,
  "queue cancel": items,
  "queue retry": items,
  "server get": servers,
  "server remove": servers,
  "server default": servers,
  "env get": keys,
  "env set": keys,
  "env rm": keys,
  /** The value of a flag. */
  "--issue": refs,
}

/** Flags whose value is the word behind them, where it does not stand behind a `=`. */
export const flagsWithValue = [
  "--ca",
  "--clone",
  "--file",
  "--issue",
  "--not-before",
  "--pr",
  "--priority",
  "--state",
  "--trash",
  "--type",
] as const
const takesValue: ReadonlySet<string | undefined> = new Set(flagsWithValue)

/** The names that fit where the cursor is, from the words before it. */
export const completionNames = Effect.fn("completionNames")(function* (words: ReadonlyArray<string>) {
  const last = words.at(-1)
  const plain = words.filter((word, at) => !word.startsWith("-") && !takesValue.has(words[at - 1])).join(" ")
  const where = last !== undefined && takesValue.has(last) ? last : plain
  if (!Object.hasOwn(namesAfter, where)) return []
  return [...new Set(yield* namesAfter[where as keyof typeof namesAfter])]
})

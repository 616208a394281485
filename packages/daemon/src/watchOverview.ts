import { redactJson } from "@kugetsu/core/domain/Redaction"
import { redactor } from "@kugetsu/core/Redactor"
import { directoryIdentity } from "@kugetsu/core/system/directoryIdentity"
import { KugetsuHome, type KugetsuPaths } from "@kugetsu/core/system/KugetsuHome"
import { type Watched, watchDirectories } from "@kugetsu/core/system/Watch"
import { Effect, Result } from "effect"
import * as path from "node:path"
import { newAgentMemory } from "./agentsAtWork.ts"
import { lookAround } from "./lookAround.ts"
import type { Overview } from "./Overview.ts"

/** Looks happen at least this often: a watch is a hint, and of a freed slot or a dead daemon there is none. */
const RESCAN_MS = 5000
/** Changes come in bursts, and an agent that writes much is not looked at for each line. */
const PAUSE_MS = 200

/**
 * Tells what goes on, without secrets, at once and then whenever it changes, as the file system says it. Ends only by a failure: of
 * `tell`, or of the first look. A later look that fails is told as a trouble beside what was seen before.
 */
export const watchOverview = Effect.fn("watchOverview")(function* <E, R>(
  tell: (overview: Overview) => Effect.Effect<void, E, R>,
) {
  const home = yield* KugetsuHome
  const memory = newAgentMemory()
  let seen = yield* lookAround(memory)
  let told = ""
  const tellChange = Effect.fnUntraced(function* (found: Overview) {
    const overview = redactJson(found, yield* redactor)
    const text = JSON.stringify(overview)
    if (text !== told) yield* tell(overview)
    told = text
  })
  const look = Effect.gen(function* () {
    const found = yield* Effect.result(lookAround(memory))
    if (Result.isSuccess(found)) seen = found.success
    yield* tellChange(Result.isSuccess(found) ? seen : { ...seen, troubles: [found.failure.message, ...seen.troubles] })
  })
  yield* tellChange(seen)
  for (;;) yield* Effect.scoped(lookUntilMoved(() => watchedPlaces(home, seen), look))
})

/** Watches and looks for as long as the places to watch are the same ones: new runs have directories of their own. */
const lookUntilMoved = Effect.fnUntraced(function* <E, R>(
  places: () => ReadonlyArray<Watched>,
  look: Effect.Effect<void, E, R>,
) {
  const identities = Effect.suspend(() => Effect.forEach(places(), ({ dir }) => identityOf(dir)))
  const watched = places()
  const before = yield* identities
  const watch = yield* Effect.result(watchDirectories(watched.filter((_, at) => before[at] !== null)))
  yield* look
  while (String(yield* identities) === String(before)) {
    yield* Result.isSuccess(watch) ? watch.success(RESCAN_MS) : Effect.sleep(RESCAN_MS)
    yield* Effect.sleep(PAUSE_MS)
    yield* look
  }
})

/** One that cannot be looked at cannot be watched. */
const identityOf = (dir: string) => Effect.orElseSucceed(directoryIdentity(dir), () => null)

/** Where anything happens that is shown. Signs of life and logs are not. */
const watchedPlaces = (home: KugetsuPaths, { running }: Overview): ReadonlyArray<Watched> => {
  const { exits, queue } = home
  const named = (dir: string, ...files: ReadonlyArray<string>): Watched => ({
    dir,
    names: files.map((file) => path.basename(file)),
  })
  const all = (...dirs: ReadonlyArray<string>) => dirs.map((dir): Watched => ({ dir }))
  return [
    named(home.root, home.config, home.notifications, home.runs, queue.dir),
    named(queue.dir, queue.paused, queue.daemon, queue.items, queue.running, queue.done, queue.bad, exits),
    ...all(queue.items, queue.running, queue.done, queue.bad, exits, home.runs),
    ...running.map(({ run }) => {
      const { agent, dir, events, exit, started, stop, supervisor } = home.run(run)
      return named(dir, agent, events, exit, started, stop, supervisor)
    }),
  ]
}

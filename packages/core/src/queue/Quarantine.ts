import { DateTime, Effect, Option, Schema } from "effect"
import * as path from "node:path"
import { timestamp } from "../domain/Timestamp.ts"
import type { Quarantined } from "../Queue.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { type HomeUnusable, listDirectory } from "../system/Files.ts"
import { inspectFile, moveFile, syncDirectory } from "../system/FileSteps.ts"
import { jsonFile } from "../system/JsonFile.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"

/** Beside every quarantined file: why it is there, and whether a person was told. */
const Explanation = Schema.Struct({
  version: Schema.Literal(1),
  reason: Schema.String,
  since: Schema.String,
  reported: Schema.Boolean,
})

const explanations = jsonFile(Explanation)
const EXPLANATION = ".reason.json"

interface Kept {
  readonly record: Quarantined
  readonly reported: boolean
}

/** `queue/bad`: what could not be understood, kept as it was. Changed only by who holds the lock. */
export const quarantine = (paths: QueuePaths) => {
  const explanationOf = (name: string) => path.join(paths.bad, name + EXPLANATION)

  const isThere = (name: string) => Effect.map(inspectFile(path.join(paths.bad, name)), Option.isSome)

  /** A missing or broken explanation takes nothing away from the file it belongs to. */
  const explanationFor = Effect.fnUntraced(function* (name: string) {
    const file = yield* inspectFile(explanationOf(name))
    if (!Option.exists(file, (stat) => stat.isFile())) return Option.none()
    return yield* Effect.catchTag(explanations.find(explanationOf(name)), "RecordUnreadable", () => Effect.succeedNone)
  })

  /** What lies at the place of a name's explanation is one, or nothing does: a quarantined file has one of its own. */
  const mayExplain = Effect.fnUntraced(function* (name: string) {
    if (!(yield* isThere(name + EXPLANATION))) return true
    return Option.isSome(yield* explanationFor(name)) && !(yield* isThere(name + EXPLANATION + EXPLANATION))
  })

  /**
   * Nothing that is kept is replaced but the explanation of a file that has gone, and no file looks like an explanation:
   * those of earlier versions may.
   */
  const freeName = Effect.fnUntraced(function* (name: string): Effect.fn.Return<string, HomeUnusable> {
    for (let n = name.endsWith(EXPLANATION) ? 2 : 1; ; n++) {
      const candidate = n === 1 ? name : `${name}.${n}`
      if (!(yield* isThere(candidate)) && (yield* mayExplain(candidate))) return candidate
    }
  })

  /** The explanation is there first: whatever is in `bad` has one. */
  const put = Effect.fnUntraced(function* (file: string, reason: string) {
    const name = yield* freeName(shortened(path.basename(file)))
    const since = timestamp(yield* DateTime.now)
    yield* explanations.replace(explanationOf(name), { version: 1, reason, since, reported: false })
    yield* crashPoint("queue.quarantine.explained")
    yield* moveFile(file, path.join(paths.bad, name))
    yield* crashPoint("queue.quarantine.moved")
    yield* syncDirectory(paths.bad)
    yield* syncDirectory(path.dirname(file))
  })

  const kept = Effect.fnUntraced(function* (name: string) {
    const found = Option.getOrNull(yield* explanationFor(name))
    const place = path.join(paths.bad, name)
    return {
      record: {
        name,
        place,
        reason: found?.reason ?? "nobody said why it was put here",
        since: found?.since ?? null,
      },
      reported: found?.reported ?? true,
    } satisfies Kept
  })

  const isExplanation = Effect.fnUntraced(function* (name: string, all: ReadonlySet<string>) {
    if (!name.endsWith(EXPLANATION) || all.has(name + EXPLANATION)) return false
    const explained = name.slice(0, -EXPLANATION.length)
    return all.has(explained) || Option.isSome(yield* explanationFor(explained))
  })

  const list = Effect.gen(function* () {
    const names = (yield* listDirectory(paths.bad)).filter((name) => !name.startsWith("."))
    const all = new Set(names)
    const files = yield* Effect.filter(names, (name) => Effect.map(isExplanation(name, all), (is) => !is))
    return yield* Effect.forEach(files, kept)
  })

  const markReported = Effect.fnUntraced(function* (name: string) {
    const found = yield* explanationFor(name)
    if (Option.isSome(found)) yield* explanations.replace(explanationOf(name), { ...found.value, reported: true })
  })

  return { put, list, markReported }
}
/** Bytes of a name that leave room for what is put before and after it: 255 are the most. */
const LONGEST_NAME = 150

const shortened = (name: string): string =>
  Buffer.byteLength(name) <= LONGEST_NAME ? name : Buffer.from(name).toString("utf8", 0, LONGEST_NAME)

export type Quarantine = ReturnType<typeof quarantine>

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

  const freeName = Effect.fnUntraced(function* (name: string): Effect.fn.Return<string, HomeUnusable> {
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? name : `${name}.${n}`
      if (Option.isNone(yield* inspectFile(path.join(paths.bad, candidate)))) return candidate
    }
  })

  /** The explanation is there first: whatever is in `bad` has one. */
  const put = Effect.fnUntraced(function* (file: string, reason: string) {
    const name = yield* freeName(path.basename(file))
    const since = timestamp(yield* DateTime.now)
    yield* explanations.replace(explanationOf(name), { version: 1, reason, since, reported: false })
    yield* crashPoint("queue.quarantine.explained")
    yield* moveFile(file, path.join(paths.bad, name))
    yield* crashPoint("queue.quarantine.moved")
    yield* syncDirectory(paths.bad)
    yield* syncDirectory(path.dirname(file))
  })

  /** A missing or broken explanation takes nothing away from the file it belongs to. */
  const explanationFor = (name: string) =>
    Effect.catchTag(explanations.find(explanationOf(name)), "RecordUnreadable", () => Effect.succeedNone)

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

  const list = Effect.gen(function* () {
    const names = (yield* listDirectory(paths.bad)).filter(
      (name) => !name.startsWith(".") && !name.endsWith(EXPLANATION),
    )
    return yield* Effect.forEach(names, kept)
  })

  const markReported = Effect.fnUntraced(function* (name: string) {
    const found = yield* explanationFor(name)
    if (Option.isSome(found)) yield* explanations.replace(explanationOf(name), { ...found.value, reported: true })
  })

  return { put, list, markReported }
}
export type Quarantine = ReturnType<typeof quarantine>

import { ProcessIdentity } from "@kugetsu/core/domain/ProcessIdentity"
import { attempt, type HomeUnusable, readText } from "@kugetsu/core/system/Files"
import type { HeldLock } from "@kugetsu/core/system/Lock"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Effect, Option, Schema, type Scope } from "effect"
import * as fs from "node:fs"
import { ownIdentity } from "./ownIdentity.ts"

/** What is in an issue's lock file while a person has its session on a screen; else it is empty. */
const ScreenMark = Schema.fromJsonString(Schema.Struct({ screen: ProcessIdentity }))

/** Says for the scope who holds the lock: this process, for a screen. */
export const markScreen = (lock: HeldLock): Effect.Effect<void, HomeUnusable, Scope.Scope> =>
  Effect.acquireRelease(
    attempt("write", lock.path, () => {
      // in place: a new file would not be locked
      fs.ftruncateSync(lock.descriptor)
      fs.writeSync(lock.descriptor, JSON.stringify({ screen: ownIdentity() }), 0)
    }),
    // a mark that stays is that of a process that has gone
    () => Effect.ignore(attempt("write", lock.path, () => fs.ftruncateSync(lock.descriptor))),
  )

/** Whether whoever marked the lock's file lives: it may have been left by a kill. */
export const isOnScreen = (file: string): Effect.Effect<boolean, HomeUnusable> =>
  Effect.map(readText(file), (text) => {
    const mark = Option.flatMap(text, Schema.decodeOption(ScreenMark))
    return Option.isSome(mark) && isAlive(mark.value.screen)
  })

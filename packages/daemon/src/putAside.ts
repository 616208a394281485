import { exists, type HomeUnusable, moveAway } from "@kugetsu/core/system/Files"
import type { RecordUnreadable } from "@kugetsu/core/system/JsonFile"
import { Effect } from "effect"
import { tell } from "./announce.ts"

/** Moves a record beside its place, where it is in nobody's way, and tells what that means. */
export const putAside = Effect.fn("putAside")(function* ({ message, path }: RecordUnreadable, meaning: string) {
  const aside = yield* freeName(path)
  yield* moveAway(path, aside)
  yield* tell({
    type: "record_unreadable",
    about: aside,
    message: `${message}. It is now ${aside}, and ${meaning}`,
    issueRef: null,
    url: null,
  })
})

const freeName = Effect.fnUntraced(function* (file: string): Effect.fn.Return<string, HomeUnusable> {
  for (let n = 1; ; n++) {
    const name = `${file}.unreadable${n === 1 ? "" : `.${n}`}`
    if (!(yield* exists(name))) return name
  }
})

import { Effect, Option, Schema } from "effect"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { replaceFile } from "../system/Files.ts"

/** What the line of a wait begins with, on opencode's standard error. */
const MARK = "kugetsu.waits "

/** opencode tries again at `next`; Unix times in milliseconds. */
const Wait = Schema.Struct({ at: Schema.Finite, next: Schema.Finite, message: Schema.String })
export type Wait = typeof Wait.Type

const decode = Schema.decodeOption(Schema.fromJsonString(Wait))

/** The wait that a line tells of; null for every other line. */
export const waitOf = (line: string): Wait | null =>
  line.startsWith(MARK) ? Option.getOrNull(decode(line.slice(MARK.length))) : null

/**
 * A plugin for opencode, which waits for hours when a provider's Retry-After says so, and tells nobody but its plugins:
 * neither its events nor its log have the time.
 */
const source = `export const kugetsuWaits = async () => ({
  event: async ({ event }) => {
    const status = event.type === "session.status" ? event.properties.status : undefined
    if (status?.type !== "retry") return
    const wait = { at: Date.now(), next: status.next, message: String(status.message) }
    process.stderr.write(${JSON.stringify(MARK)} + JSON.stringify(wait) + "\\n")
  },
})
`

/** Puts it into a directory; gives its URL, as opencode's configuration wants it. */
export const writeWaitingPlugin = Effect.fn("WaitingPlugin.write")(function* (directory: string) {
  const file = path.join(directory, "kugetsu-waits.js")
  yield* replaceFile(file, source)
  return pathToFileURL(file).href
})

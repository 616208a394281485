import { Effect } from "effect"
import { eachLine } from "../system/Lines.ts"
import { type Wait, waitOf } from "./WaitingPlugin.ts"

/** Of a longer line, such as a stack, the beginning says enough. */
const LINE_LIMIT_BYTES = 64 * 1024
const COMPLAINT_LINES = 5

/** What standard error of `opencode run --print-logs` tells and the events do not. */
export interface TurnLog {
  /** A permission that was asked for and refused, since nobody was there. */
  readonly permissionAsked: string | null
  /** The last request for an answer that the provider failed. opencode tries again for minutes without an event. */
  readonly refusal: { readonly at: number; readonly message: string } | null
  /** The last pause that opencode makes before it asks the provider again. */
  readonly wait: Wait | null
  /** What opencode itself failed with: its events say no more than "see the log". */
  readonly failure: string | null
  /** What opencode said before it gave up, outside its log: a broken configuration, a missing session. */
  readonly complaint: string | null
}

export const readLog = Effect.fn("TurnLog.read")(function* (file: string) {
  const log: { -readonly [Key in keyof TurnLog]: TurnLog[Key] } = {
    permissionAsked: null,
    refusal: null,
    wait: null,
    failure: null,
    complaint: null,
  }
  let complaint: Array<string> | null = null

  yield* eachLine(file, LINE_LIMIT_BYTES, (line) => {
    const text = Bun.stripANSI(line.text).trimEnd()
    const asked = /^! *permission requested: (.*); auto-rejecting$/.exec(text)?.[1]
    if (asked !== undefined) log.permissionAsked = asked
    log.wait = waitOf(text) ?? log.wait
    if (text.startsWith("timestamp=")) {
      complaint = null
      const entry = fieldsOf(text)
      const message = entry.get("message")
      // the small model makes titles, which the work does not need
      if (message === "stream error" && entry.get("small") !== "true") {
        log.refusal = { at: Date.parse(entry.get("timestamp") ?? "") || 0, message: entry.get("error.error") ?? "" }
      }
      if (message === "failed" && entry.has("error")) log.failure = entry.get("error") ?? null
      return
    }
    if (text.startsWith("Error: ")) complaint = []
    if (complaint === null || text === "" || complaint.length === COMPLAINT_LINES) return
    complaint.push(text.replace(/^Error: /, ""))
    log.complaint = complaint.join("\n")
  })
  return log as TurnLog
})

/** `name=value` pairs of one line; a value with blanks is quoted as in JSON. */
const fieldsOf = (line: string): ReadonlyMap<string, string> =>
  new Map(
    [...line.matchAll(/(?:^| )([\w.]+)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, name, value]) => [name!, unquote(value!)]),
  )

const unquote = (value: string): string => {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    return value.slice(1, -1)
  }
}

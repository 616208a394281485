import { Effect, Queue, type Scope } from "effect"
import { writeAll } from "../descriptors.ts"
import { type OutputClosed, type OutputFailed, printRaw } from "../terminal.ts"

const alternate = { enter: "\u001b[?1049h\u001b[?25l\u001b[?7l", leave: "\u001b[?7h\u001b[?25h\u001b[?1049l" }
/** Terminals that know it show all of a change at once; the others pass it over. */
const synchronized = { begin: "\u001b[?2026h", end: "\u001b[?2026l" }

export interface FullScreen {
  /** In terminal cells. */
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
  /** Shows these lines, one a row; of those that are shown already nothing is written. */
  readonly draw: (lines: ReadonlyArray<string>) => Effect.Effect<void, OutputClosed | OutputFailed>
  /** What is typed, as it comes; `null` when nobody is there any more. */
  readonly keys: Queue.Dequeue<string | null>
  /** One whenever the size has changed. */
  readonly resized: Queue.Dequeue<void>
}

/** The whole terminal for the scope, and after it the terminal as it was, however this process ends in order. */
export const fullScreen: Effect.Effect<FullScreen, never, Scope.Scope> = Effect.gen(function* () {
  const keys = yield* Queue.unbounded<string | null>()
  const resized = yield* Queue.sliding<void>(1)
  let shown: ReadonlyArray<string> | null = null
  const onResize = () => {
    shown = null // the terminal has moved the lines about
    Queue.offerUnsafe(resized, undefined)
  }
  const onKeys = (bytes: Buffer) => Queue.offerUnsafe(keys, bytes.toString("latin1"))
  const onEnd = () => Queue.offerUnsafe(keys, null)
  let taken = false
  const giveBack = () => {
    if (!taken) return
    taken = false
    try {
      process.stdin.setRawMode(false)
      writeAll(1, alternate.leave)
    } catch {
      // the terminal itself has gone
    }
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      // before a crash is told: on the other screen nobody would read of it
      process.on("exit", giveBack).on("uncaughtExceptionMonitor", giveBack)
      taken = true
      writeQuietly(alternate.enter)
      process.stdin.setRawMode(true)
      process.stdin.on("data", onKeys).on("end", onEnd).on("error", onEnd)
      process.stdout.on("resize", onResize)
    }),
    () =>
      Effect.sync(() => {
        giveBack()
        process.off("exit", giveBack).off("uncaughtExceptionMonitor", giveBack)
        process.stdout.off("resize", onResize)
        process.stdin.off("data", onKeys).off("end", onEnd).off("error", onEnd).pause()
      }),
  )
  const draw = (lines: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      const text = changesOf(lines, shown)
      shown = lines
      return text === "" ? Effect.void : printRaw(synchronized.begin + text + synchronized.end)
    })
  return { size, draw, keys, resized }
})

/** A terminal that does not tell its size is taken for one of the usual size. */
const size = Effect.sync(() => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }))

/** What is to be written so that these lines are shown; `before`: what is shown, null where that is not known. */
const changesOf = (lines: ReadonlyArray<string>, before: ReadonlyArray<string> | null): string => {
  const gone = before === null ? "\u001b[2J" : ""
  const rows = Array.from({ length: Math.max(lines.length, before?.length ?? 0) }, (_, row) => row)
  // erased before it is written: at the right edge the cursor stands on the last character
  const changed = rows.filter((row) => (lines[row] ?? "") !== (before?.[row] ?? ""))
  return gone + changed.map((row) => `\u001b[${row + 1};1H\u001b[2K${lines[row] ?? ""}`).join("")
}

/** The first drawing tells whether anybody reads. */
const writeQuietly = (text: string): void => {
  try {
    writeAll(1, text)
  } catch {
    // told by the first drawing
  }
}

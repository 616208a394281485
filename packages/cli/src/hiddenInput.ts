import { Effect } from "effect"
import { decode } from "./message.ts"
import { tellRaw } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

/** With it on, a terminal says where a paste begins and ends: a line break in it is text, and does not end the line. */
const bracketedPaste = { on: "\u001b[?2004h", off: "\u001b[?2004l" }

/** One key, or the sequence that stands for one. */
// oxlint-disable-next-line no-control-regex
const keys = /\u001b\[[0-9;]*[A-Za-z~]|\u001b?[^]/g

/** A sequence of which the rest is still to come. */
// oxlint-disable-next-line no-control-regex
const unfinished = /\u001b(\[[0-9;]*)?$/

/** Asks on standard error for a line of the terminal that standard input is, and shows nothing of it. */
export const readHidden = Effect.fn("readHidden")(function* (question: string) {
  const input = process.stdin
  yield* Effect.acquireRelease(
    Effect.andThen(
      Effect.sync(() => input.setRawMode(true)),
      tellRaw(question + bracketedPaste.on),
    ),
    () =>
      Effect.andThen(
        Effect.sync(() => input.setRawMode(false).pause()),
        tellRaw(`${bracketedPaste.off}\n`),
      ),
  )
  const bytes = yield* Effect.callback<Uint8Array>((resume) => {
    const line = new HiddenLine()
    const onEnd = () => resume(Effect.succeed(line.bytes))
    const onData = (bytes: Buffer) => {
      const end = line.feed(bytes.toString("latin1"))
      if (end === "Ctrl-C") resume(Effect.interrupt)
      else if (end === "Enter") onEnd()
    }
    input.on("data", onData).on("end", onEnd)
    return Effect.sync(() => input.off("data", onData).off("end", onEnd))
  })
  const text = yield* decode(bytes, "what was typed")
  return text === "" ? yield* new UsageError({ message: "no value was given", remedy: "Type or paste one." }) : text
}, Effect.scoped)

/** What was typed so far, edited as far as one can without seeing it. A character stands for a byte. */
class HiddenLine {
  #typed = ""
  #rest = ""
  #pasting = false

  get bytes(): Uint8Array {
    return Buffer.from(this.#typed, "latin1")
  }

  feed(input: string): "Enter" | "Ctrl-C" | null {
    const all = this.#rest + input
    this.#rest = unfinished.exec(all)?.[0] ?? ""
    for (const [key] of all.slice(0, all.length - this.#rest.length).matchAll(keys)) {
      if (key === "\u001b[200~" || key === "\u001b[201~") this.#pasting = key === "\u001b[200~"
      else if (this.#pasting) this.#typed += key === "\r" ? "\n" : key
      else if (key === "\u0003") return "Ctrl-C"
      else if (key === "\r" || key === "\n" || key === "\u0004") return "Enter"
      else if (key === "\u007f" || key === "\b") this.#typed = this.#typed.replace(/[^][\u0080-\u00bf]*$/, "")
      else if (key === "\u0015") this.#typed = ""
      else if (key >= " " || key === "\t") this.#typed += key
    }
    return null
  }
}

import { Result } from "effect"
import { readShellWord, type ShellFault, type ShellWordOptions, skipToContent } from "./ShellWord.ts"

export interface ArrayElement {
  /** null in a list. */
  readonly key: string | null
  readonly value: string
  readonly offset: number
}

interface ArrayPart {
  readonly elements: ReadonlyArray<ArrayElement>
  readonly end: number
}

/** The elements of a bash array literal, from behind its `(` to behind its `)`; lines and comments in it count. */
export const readArray = (
  text: string,
  from: number,
  options: ShellWordOptions,
): Result.Result<ArrayPart, ShellFault> =>
  Result.gen(function* () {
    const elements: Array<ArrayElement> = []
    let at = skipToContent(text, from)
    while (at < text.length) {
      if (text[at] === ")") return { elements, end: at + 1 }
      if (text[at] === "[") {
        const part = yield* readSubscripted(text, at, at + 1, { ...options, until: ")" })
        elements.push(...part.elements)
        at = part.end
      } else {
        const word = yield* readShellWord(text, at, { ...options, until: ")" })
        elements.push({ key: null, value: word.value, offset: at })
        at = word.end
      }
      at = skipToContent(text, at)
    }
    return yield* Result.fail({ offset: from, reason: "the array's ) is missing" })
  })

/** `key]=value`, from behind the `[`; `offset` is where the element starts. */
export const readSubscripted = (
  text: string,
  offset: number,
  from: number,
  options: ShellWordOptions,
): Result.Result<ArrayPart, ShellFault> =>
  Result.gen(function* () {
    const key = yield* readShellWord(text, from, { ...options, until: "]" })
    if (!text.startsWith("]=", key.end)) return yield* Result.fail({ offset, reason: "[key]=value is expected" })
    const word = yield* readShellWord(text, key.end + 2, options)
    return { elements: [{ key: key.value, value: word.value, offset }], end: word.end }
  })

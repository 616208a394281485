import { Result } from "effect"
import { readParameter } from "./ShellParameter.ts"

/** Text that would need a shell, or that no shell would take. */
export interface ShellFault {
  readonly offset: number
  readonly reason: string
}

export interface ShellWord {
  readonly value: string
  /** The offset behind the word. */
  readonly end: number
}

export interface ShellWordOptions {
  /** What `$HOME` and a leading `~` mean; null: they are refused, as every other variable is. */
  readonly home: string | null
  /** What other variables are known to be; none: all of them are refused. */
  readonly variables?: ReadonlyMap<string, string>
  /** Unquoted characters that end the word, besides blanks and line ends. */
  readonly until?: string
}

const fault = (offset: number, reason: string): Result.Result<never, ShellFault> => Result.fail({ offset, reason })

/** CRLF and a last CR count as line ends. */
const isLineEnd = (text: string, at: number): boolean =>
  text[at] === "\n" || (text[at] === "\r" && (at + 1 === text.length || text[at + 1] === "\n"))

const isBlank = (char: string | undefined): boolean => char === " " || char === "\t"

const afterLine = (text: string, at: number): number => {
  const newline = text.indexOf("\n", at)
  return newline === -1 ? text.length : newline + 1
}

/** The next offset that is no blank, line end or comment; the text's length when there is none. */
export const skipToContent = (text: string, from: number): number => {
  let at = from
  while (at < text.length) {
    if (text[at] === "#") at = afterLine(text, at)
    else if (isBlank(text[at]) || isLineEnd(text, at)) at += 1
    else break
  }
  return at
}

/** The offset behind the line, when nothing but a comment is left of it. */
export const restOfLine = (text: string, from: number): Result.Result<number, ShellFault> => {
  let at = from
  while (isBlank(text[at])) at += 1
  return at >= text.length || isLineEnd(text, at) || (text[at] === "#" && at > from)
    ? Result.succeed(afterLine(text, at))
    : fault(at, "one KEY=value on a line is expected; a value that has spaces needs quotes")
}

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Reads one word as a POSIX shell reads the value of an assignment, as far as that needs nothing but the text. */
export const readShellWord = (
  text: string,
  from: number,
  options: ShellWordOptions,
): Result.Result<ShellWord, ShellFault> =>
  Result.gen(function* () {
    let value = ""
    let at = from
    const append = (word: ShellWord) => {
      value += word.value
      at = word.end
    }
    while (at < text.length) {
      const char = text[at] ?? ""
      if (isBlank(char) || isLineEnd(text, at) || options.until?.includes(char)) break
      if (char === "'") append(yield* readSingleQuoted(text, at))
      else if (char === '"') append(yield* readDoubleQuoted(text, at, options))
      else if (char === "\\") append(yield* readEscaped(text, at))
      else if (char === "$") append(yield* readDollar(text, at, options, false))
      else if (char === "~" && (at === from || text[at - 1] === ":")) append(yield* readTilde(text, at, options))
      else if (";&|<>()`\r".includes(char)) {
        return yield* fault(at, `${char === "\r" ? "a carriage return" : char} would need a shell; use single quotes`)
      } else append({ value: char, end: at + 1 })
    }
    return { value, end: at }
  })

const readSingleQuoted = (text: string, at: number): Result.Result<ShellWord, ShellFault> => {
  const close = text.indexOf("'", at + 1)
  return close === -1
    ? fault(at, "the single quote is never closed")
    : Result.succeed({ value: text.slice(at + 1, close), end: close + 1 })
}

const readDoubleQuoted = (
  text: string,
  open: number,
  options: ShellWordOptions,
): Result.Result<ShellWord, ShellFault> =>
  Result.gen(function* () {
    let value = ""
    let at = open + 1
    while (at < text.length) {
      const char = text[at] ?? ""
      if (char === '"') return { value, end: at + 1 }
      if (char === "`") return yield* fault(at, "` would need a shell; use single quotes")
      if (char === "$") {
        const word = yield* readDollar(text, at, options, true)
        value += word.value
        at = word.end
      } else if (char === "\\") {
        const escape = matchAt(/\\(?:[$`"\\]|\r?\n|)/y, text, at) ?? char
        value += escape.length === 1 ? char : escape.slice(1).replace(/^\r?\n$/, "")
        at += escape.length
      } else {
        value += char
        at += 1
      }
    }
    return yield* fault(open, "the double quote is never closed")
  })

const readEscaped = (text: string, at: number): Result.Result<ShellWord, ShellFault> => {
  const escape = matchAt(/\\(?:\r?\n|[^])/uy, text, at)
  if (escape === undefined) return fault(at, "nothing follows the backslash")
  const end = at + escape.length
  const goesOn = /^\\\r?\n$/.test(escape) || (escape === "\\\r" && end === text.length)
  return Result.succeed({ value: goesOn ? "" : escape.slice(1), end })
}

/** A `$` before anything that means nothing to a shell stands for itself. */
const readDollar = (
  text: string,
  at: number,
  options: ShellWordOptions,
  quoted: boolean,
): Result.Result<ShellWord, ShellFault> => {
  const home = matchAt(/\$(?:HOME\b|\{HOME\})/y, text, at)
  if (home !== undefined && options.home !== null) return Result.succeed({ value: options.home, end: at + home.length })
  const { variables } = options
  const known = variables && readParameter(text, at, variables, (all, from) => readDollar(all, from, options, quoted))
  if (known) return known
  const special = matchAt(quoted ? /\$[\w{(@*#?$![-]/y : /\$[\w{(@*#?$!['"-]/y, text, at)
  return special === undefined
    ? Result.succeed({ value: "$", end: at + 1 })
    : fault(at, `${special} would need a shell; use single quotes for a plain dollar sign`)
}

const readTilde = (text: string, at: number, options: ShellWordOptions): Result.Result<ShellWord, ShellFault> => {
  const alone = matchAt(/~(?=[/:\s]|$)/y, text, at) !== undefined
  return alone && options.home !== null
    ? Result.succeed({ value: options.home, end: at + 1 })
    : fault(at, "~ would need a shell here; write the path in full, or use single quotes")
}

/** The text as one word of any POSIX shell; NUL alone cannot be written. */
export const quoteShellWord = (value: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`

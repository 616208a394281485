/** Stands where a comment was opened and never closed: nothing after it is shown on the page. */
export const UNCLOSED = "[a hidden comment begins here and does not end]"

/**
 * Markdown without what its page does not show: HTML comments, declarations and instructions, and definitions that are
 * used as comments. In code they are shown, and stay; where it is not certain that it is code, they go.
 */
export const withoutHidden = (markdown: string): string => {
  const text = markdown.replace(/\r\n?/g, "\n")
  const kept: Array<string> = []
  // what may hold lines that look like code and are none
  const raw = text.search(/<(?:pre|script|style|textarea)\b/i)
  const codeUntil = raw === -1 ? text.length : raw
  /** Whether nothing in the paragraph so far makes it doubtful what is code. */
  let isPlain = true
  for (let at = 0; at < text.length;) {
    const isStart = at === 0 || text[at - 1] === "\n"
    const line = isStart ? lineAt(text, at) : ""
    if (isStart && /^[ \t]*\n?$/.test(line)) isPlain = true
    const code = isPlain && at < codeUntil ? (isStart && fenceAt(text, at)) || spanAt(text, at) : 0
    const definition = commentDefinition.exec(line)?.[0].length ?? 0
    const hidden = code > 0 || definition > 0 ? null : hiddenAt(text, at)
    if (code > 0) kept.push(text.slice(at, at + code))
    // something stays, else two halves might come together as another one
    else if (hidden !== null) kept.push(hidden.isClosed ? " " : UNCLOSED)
    if (code > 0 || definition > 0 || hidden !== null) {
      at += code || definition || hidden!.length
      continue
    }
    const next = matchAt(plain, text, at) ?? ""
    if (/^[`<|]/.test(next)) isPlain = false
    kept.push(next)
    at += next.length
  }
  return kept.join("")
}

/** What stands for itself up to where something else may begin; backticks as many as there are, or one that is escaped. */
const plain = /`+|\\[^\n<]|[^`\\<|\n]+|[^]/y

/** `[//]: # (words)`: a definition that nothing refers to. */
const commentDefinition =
  /^ {0,3}\[[^\]\n]+\]:[ \t]*(?:<>|<?#>?)[ \t]+(?:"[^"\n]*"|'[^'\n]*'|\([^)\n]*\))[ \t]*(?:\n|$)/

const lineAt = (text: string, at: number): string => {
  const end = text.indexOf("\n", at)
  return text.slice(at, end === -1 ? text.length : end + 1)
}

/** How each of them begins, and all of it. */
const hiddenKinds = [
  [/<!--/y, /<!--(?:-?>|[^]*?--!?>)/y],
  [/<!\[CDATA\[/y, /<!\[CDATA\[[^]*?\]\]>/y],
  [/<\?|<![a-z-]/iy, /<[?!][^>]*>/y],
] as const

/** What begins here and is not shown; null: it is shown. Unclosed, it takes all that follows. */
const hiddenAt = (text: string, at: number): { readonly length: number; readonly isClosed: boolean } | null => {
  const kind = text[at] === "<" ? hiddenKinds.find(([opening]) => matchAt(opening, text, at) !== null) : undefined
  if (kind === undefined) return null
  const whole = matchAt(kind[1], text, at)
  return { length: whole?.length ?? text.length - at, isClosed: whole !== null }
}

const matchAt = (sticky: RegExp, text: string, at: number): string | null => {
  sticky.lastIndex = at
  return sticky.exec(text)?.[0] ?? null
}

/** A fenced block at the margin, to its end; 0: none. In lists and quotations it may end sooner than it seems. */
const fenceAt = (text: string, at: number): number => {
  const opening = /^(`{3,})[^`\n]*(?:\n|$)|^(~{3,})[^\n]*(?:\n|$)/.exec(lineAt(text, at))
  if (opening === null) return 0
  const fence = opening[1] ?? opening[2] ?? ""
  const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`)
  let end = at + opening[0].length
  while (end < text.length) {
    const line = lineAt(text, end)
    end += line.length
    if (closing.test(line.trimEnd())) break
  }
  return end - at
}

/** Code between backticks on one line; 0: none. */
const spanAt = (text: string, at: number): number => {
  if (text[at] !== "`") return 0
  const span = /^(`+)(?!`)[^\n|]*?(?<!`)\1(?!`)/.exec(text.slice(at, at + 1000))
  return span?.[0].length ?? 0
}

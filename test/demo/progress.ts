const cleared = "\u001b[2K"
const up = (lines: number) => `\u001b[${lines}A`

export interface Progress {
  /** What is happening on an issue now; null: nothing new, time has passed. */
  readonly say: (issue: string, words: string) => void
  readonly close: () => void
}

/** One line per issue that is rewritten in place on a terminal; plain lines, one for each news, elsewhere. */
export const progressOn = (stream: NodeJS.WriteStream, issues: ReadonlyArray<string>): Progress => {
  const began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`
  if (!stream.isTTY) {
    return {
      say: (issue, words) => void stream.write(`${seconds()}  ${issue}  ${words}\n`),
      close: () => undefined,
    }
  }
  const last = new Map(issues.map((issue) => [issue, "waiting"]))
  const lineOf = ([issue, words]: readonly [string, string]) =>
    fit(`${seconds()}  ${issue}  ${words}`, stream.columns || 80)
  const draw = () => [...last].map((entry) => `${cleared}${lineOf(entry)}\n`).join("")
  stream.write(draw())
  const redraw = () => void stream.write(up(last.size) + draw())
  const timer = setInterval(redraw, 200)
  return {
    say: (issue, words) => {
      last.set(issue, words)
      redraw()
    },
    close: () => {
      clearInterval(timer)
      redraw()
    },
  }
}

/** Cuts at the terminal's edge, so that a line stays a line. */
const fit = (line: string, columns: number): string => {
  let width = 0
  let fitting = ""
  for (const character of line) {
    width += Bun.stringWidth(character)
    if (width >= columns) return `${fitting}…`
    fitting += character
  }
  return fitting
}

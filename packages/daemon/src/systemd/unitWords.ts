/** What a unit of ours says, as its own text has it and systemd reads it. */
export interface UnitWords {
  /** The words of ExecStart. */
  readonly command: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string>>
}

/** Reads back what `serviceText` has written. */
export const unitWords = (unit: string): UnitWords => {
  const lines = unit.split("\n")
  const valuesOf = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}=`)).map((line) => wordsIn(line.slice(name.length + 1)))
  const variables = valuesOf("Environment").flatMap((words) =>
    words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] as const),
  )
  return {
    command: valuesOf("ExecStart")
      .flat()
      .map((word) => word.replaceAll("$$", "$")),
    environment: Object.fromEntries(variables),
  }
}

/** Words in double quotes, as systemd.syntax(7) has them, or without. */
const wordsIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain = ""]) =>
    (quoted ?? plain)
      .replaceAll(/\\(x[0-9a-f]{2}|.)/g, (_, escaped: string) =>
        escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : escaped,
      )
      .replaceAll("%%", "%"),
  )

/** What the PM may run: the words after `kugetsu`. They look, leave tasks for issues, and write comments. */
export const pmCommands = [
  "list",
  "status",
  "explain",
  "logs",
  "context",
  "issue",
  "comment",
  "delegate",
  "queue list",
  "queue stats",
  "queue enqueue",
  "notify list",
] as const

/** In front of the words of a command these change nothing. */
const harmless = new Set(["--json", "--help", "-h"])

/** It would read any file of the person's, for whoever wrote what the PM was given to read. */
const isFileFlag = (word: string): boolean => word === "--file" || word.startsWith("--file=")

/** Why these words of a command line are not for the PM; null: they are. */
export const refusedToPm = (words: ReadonlyArray<string>): string | null => {
  const given = words.slice(words.findIndex((word) => !harmless.has(word)))
  if (words.every((word) => harmless.has(word)) || (words.length === 1 && words[0] === "--version")) return null
  const command = pmCommands.find((allowed) => allowed.split(" ").every((word, at) => given[at] === word))
  if (command === undefined) return `\`kugetsu ${nameOf(given)}\` is not for the PM`
  const end = given.indexOf("--")
  return (end === -1 ? given : given.slice(0, end)).some(isFileFlag)
    ? "the PM gives texts as words, not as files"
    : null
}

/** The command, and not what else was given: that may be long, or a secret. */
const nameOf = ([command = "", sub = ""]: ReadonlyArray<string>): string =>
  /^(queue|notify|queue-daemon|env|server|config)$/.test(command) ? `${command} ${sub}`.trim() : command

/**
 * Others' words as a code block, whose fence is longer than any in the text. On a forge nothing in it is a mention, a
 * link to an issue, a word that closes one, or a command; for a model it is data, with its end beyond doubt.
 */
export const quoted = (text: string): string => {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2)
  const fence = "`".repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/** At most so many characters. */
export const cut = (text: string, longest: number): string => {
  const characters = Array.from(text)
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : text
}

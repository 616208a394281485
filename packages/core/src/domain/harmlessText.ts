/**
 * Others' words as a reader sees them: none of the characters that are not seen, turn the direction of writing or
 * command a terminal. Lines end in `\n`.
 */
export const harmlessText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    // they end lines for some programs and not for others
    .replace(/[\u0085\u2028\u2029]/g, " ")
    .replace(/[^\P{Cc}\n\t]|\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]|\p{Noncharacter_Code_Point}/gu, "")

/** The same on one line. */
export const harmlessLine = (text: string): string => harmlessText(text).replace(/\s+/g, " ").trim()

import { Schema } from "effect"
import { headlineOf } from "./Notification.ts"

/** KUGETSU_VERBOSITY: how much the PM says, and how much of what agents say people are told. */
export const Verbosity = Schema.Literals(["verbose", "default", "quiet"])
export type Verbosity = typeof Verbosity.Type

/** In characters. */
const longest = { verbose: 4000, default: 500 } as const

/** What an agent said, as a notification has it: of a quiet one the first line. */
export const toldOf = (words: string, verbosity: Verbosity): string => {
  const said = words.trim()
  if (verbosity === "quiet") return headlineOf(said)
  return said.length > longest[verbosity] ? `${said.slice(0, longest[verbosity])}…` : said
}

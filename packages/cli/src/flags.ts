import { Flag, GlobalFlag } from "effect/cli"

/**
 * A flag that is there or not. Unlike a plain boolean flag it never takes the next word as its value: in
 * `--detach no more tests` the words are all message.
 */
export const toggle = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(
    Flag.withOptionalValue("true"),
    Flag.withoutNegation,
    Flag.withDescription(description),
    Flag.withDefault(false),
  )

/** `--json`, before or after the sub-command. */
export const Json = GlobalFlag.Setting("json")({ flag: toggle("json", "Print one JSON document") })

/**
 * Whether JSON is asked for, also where the words cannot be parsed; and the words with `--json` once at most, since
 * programs add it to words that have it already. Of several the last one counts.
 */
export const readJsonFlag = (
  words: ReadonlyArray<string>,
): { readonly json: boolean; readonly words: ReadonlyArray<string> } => {
  const end = words.includes("--") ? words.indexOf("--") : words.length
  const isFlag = (word: string, at: number) => at < end && /^--json(=|$)/.test(word)
  const given = words.filter(isFlag)
  // the parser tells what is wrong with it
  if (given.some((word) => !/^--json(=(true|1|y|yes|on|false|0|n|no|off))?$/.test(word))) return { json: true, words }
  const json = given.length > 0 && !/=(false|0|n|no|off)$/.test(given.at(-1) ?? "")
  const first = words.findIndex(isFlag)
  return {
    json,
    words: words.flatMap((word, at) => {
      if (!isFlag(word, at)) return [word]
      return json && at === first ? ["--json"] : []
    }),
  }
}

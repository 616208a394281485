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

/** Whether `--json` is among the words, also when they could not be parsed. */
export const asksForJson = (words: ReadonlyArray<string>): boolean => {
  const end = words.indexOf("--")
  return words.slice(0, end === -1 ? words.length : end).some((word) => word === "--json" || word === "--json=true")
}

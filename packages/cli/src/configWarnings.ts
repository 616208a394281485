import { Settings } from "@kugetsu/core/Settings"
import { Effect } from "effect"
import { harmless } from "./display.ts"
import { paintErrors, tell } from "./terminal.ts"

/** Keys of the config file that do nothing are named, or a mistyped one would stay a mystery. */
export const tellConfigWarnings = Effect.gen(function* () {
  const { warnings } = yield* (yield* Settings).load
  const paint = yield* paintErrors
  for (const warning of warnings) yield* tell(`${paint("yellow", "config:")} ${harmless(warning)}`)
})

import { ConfigInvalid } from "@kugetsu/core/domain/Config"
import { ExitCode } from "@kugetsu/core/domain/Failure"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../../Answered.ts"
import { harmless } from "../../display.ts"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const check = Command.make("check", {}, () =>
  Effect.gen(function* () {
    const { faults: own, warnings } = yield* (yield* Settings).inspect
    const faults = own.length > 0 ? own : yield* serversFaults
    const errors = faults.map(({ allowed, key, reason, where }) => ({ where, key, reason, allowed }))
    const ok = errors.length === 0
    if (yield* Json) yield* printJson({ ok, errors, warnings })
    else {
      for (const { message, remedy } of faults) yield* print(`error: ${harmless(message)}\n       ${remedy}`)
      for (const warning of warnings) yield* print(`warning: ${harmless(warning)}`)
      if (ok) yield* print(`${(yield* KugetsuHome).config}: nothing is wrong`)
    }
    if (!ok) return yield* endWith(ExitCode.config)
  }),
).pipe(
  Command.withDescription("Names everything that is wrong with the settings, each with its line. Ends with 78 then."),
  Command.withExamples([{ command: "kugetsu config check" }]),
)

/** What is wrong with servers.json, and with the default, which may stand in either place. */
const serversFaults = Effect.gen(function* () {
  return yield* (yield* Servers).preferred.pipe(
    Effect.as<ReadonlyArray<ConfigInvalid>>([]),
    Effect.catchTags({
      ConfigInvalid: (fault) => Effect.succeed([fault]),
      RecordUnreadable: ({ path, reason, remedy }) =>
        Effect.succeed([new ConfigInvalid({ where: path, key: "the record", reason, allowed: remedy })]),
    }),
  )
})

import { Settings } from "@kugetsu/core/Settings"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { harmless } from "../../display.ts"
import { Json, toggle } from "../../flags.ts"
import { printTable } from "../../printTable.ts"
import { print, printJson } from "../../terminal.ts"

const origin = toggle("origin", "With the file and line each value is from")

export const show = Command.make("show", { origin }, ({ origin }) =>
  Effect.gen(function* () {
    const { entries, faults } = yield* (yield* Settings).inspect
    // values that are not in force must not look as if they were
    if (faults[0] !== undefined) return yield* faults[0]
    if (yield* Json) return yield* printJson(entries)
    const rows = entries.map((entry) => [entry.key, harmless(entry.value) || "-", harmless(entry.origin)])
    if (origin) return yield* printTable(["KEY", "VALUE", "ORIGIN"], rows)
    for (const { key, value } of entries) yield* print(`${key}=${harmless(value)}`)
  }),
).pipe(
  Command.withDescription("Shows every setting that is in force; those that may hold a secret are masked."),
  Command.withExamples([
    { command: "kugetsu config show --origin" },
    { command: "kugetsu config show --json | jq '.[] | select(.origin != \"the default\")'" },
  ]),
)

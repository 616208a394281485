import { Servers } from "@kugetsu/core/Servers"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { harmless, oneLine } from "../../display.ts"
import { Json } from "../../flags.ts"
import { printTable } from "../../printTable.ts"
import { printJson, tell } from "../../terminal.ts"

export const list = Command.make("list", {}, () =>
  Effect.gen(function* () {
    const servers = yield* Servers
    const known = yield* servers.list
    // who is to mend the default has to see what there is
    const preferred = yield* Effect.catchTag(servers.preferred, "ConfigInvalid", ({ message, remedy }) =>
      Effect.as(tell(`${harmless(message)}\n  ${remedy}`), null),
    )
    const shown = known.map((server) => ({ ...server, default: server.name === preferred?.name }))
    if (yield* Json) return yield* printJson(shown)
    const header = ["NAME", "URL", "TYPE", "CLONE", "DEFAULT"]
    yield* printTable(
      header,
      shown.map(({ clone, default: isDefault, name, type, url }) => [
        oneLine(name, 100),
        oneLine(url, 200),
        type ?? "-",
        clone,
        isDefault ? "yes" : "-",
      ]),
    )
  }),
).pipe(
  Command.withDescription("Lists the servers that are known, and which one is the default."),
  Command.withExamples([{ command: "kugetsu server list" }]),
)

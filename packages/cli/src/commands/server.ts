import { Command } from "effect/cli"
import { add } from "./server/add.ts"
import { defaultServer } from "./server/default.ts"
import { get } from "./server/get.ts"
import { list } from "./server/list.ts"
import { remove } from "./server/remove.ts"

export const server = Command.make("server").pipe(
  Command.withDescription(
    "The git servers that issues are on. GitHub, GitLab.com, Codeberg and Gitea.com are known by themselves.",
  ),
  Command.withSubcommands([list, add, remove, defaultServer, get]),
)

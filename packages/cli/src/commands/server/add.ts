import { ForgeType } from "@kugetsu/core/domain/ForgeType"
import { addServer } from "@kugetsu/core/servers/addServer"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as fs from "node:fs"
import * as path from "node:path"
import { Json, toggle } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"
import { UsageError } from "../../UsageError.ts"

const name = Argument.String("name").pipe(Argument.withDescription("What to call it"))
const url = Argument.String("url").pipe(
  Argument.withDescription("The address people open in a browser; a port and a path may be in it"),
)
const type = Flag.Literals("type", ForgeType.literals).pipe(
  Flag.withDescription("What it runs; gitea is Forgejo, too. Without it the server is asked when it is first needed"),
  Flag.optional,
)
const clone = Flag.Literals("clone", ["https", "ssh"]).pipe(
  Flag.withDescription("How git reaches its repositories; https without it"),
  Flag.optional,
)
const ca = Flag.String("ca").pipe(
  Flag.withDescription("A file with the certificate of the authority that signed the server's own"),
  Flag.optional,
)
const makeDefault = toggle("default", "Make it the server that you/repo#14 means")

export const add = Command.make("add", { name, url, type, clone, ca, makeDefault }, (given) =>
  Effect.gen(function* () {
    const server = yield* addServer(
      {
        name: given.name,
        url: given.url,
        ...(Option.isSome(given.type) && { type: given.type.value }),
        ...(Option.isSome(given.clone) && { clone: given.clone.value }),
        ...(Option.isSome(given.ca) && { ca: yield* certificateAt(given.ca.value) }),
      },
      given,
    )
    yield* (yield* Json) ? printJson(server) : print(`${server.name}  ${server.url}`)
  }),
).pipe(
  Command.withDescription(
    "Adds a server, or changes what is given of one. Its token: `kugetsu server get` says where it is set.",
  ),
  Command.withExamples([
    { command: "kugetsu server add work https://git.example.org --type gitea --default" },
    { command: "kugetsu server add lab https://lab.example.org:8443/git --type gitlab --ca ~/ca.pem" },
  ]),
)

/** The daemon has another current directory. */
const certificateAt = (file: string) =>
  Effect.suspend(() => {
    const absolute = path.resolve(file)
    return fs.existsSync(absolute)
      ? Effect.succeed(absolute)
      : new UsageError({ message: `there is no file ${absolute}`, remedy: "Give --ca the path of a PEM file." })
  })

import { Argument } from "effect/cli"

export const name = Argument.String("name").pipe(Argument.withDescription("The server's name, or its host"))

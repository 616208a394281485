import { ExitCode } from "@kugetsu/core/domain/Failure"
import { keyPattern } from "@kugetsu/core/domain/KeyValueText"
import { EnvName } from "@kugetsu/core/EnvFiles"
import { Schema } from "effect"
import { Argument } from "effect/cli"

/** A variable that is not in the file. */
export class VariableMissing extends Schema.TaggedError<VariableMissing>()("VariableMissing", {
  key: Schema.String,
  agent: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.key} is not set for ${this.agent}`
  }
  get remedy() {
    return `kugetsu env show ${this.agent} lists what is set.`
  }
}

export const key = Argument.String("key").pipe(
  Argument.withDescription("The variable's name"),
  Argument.withSchema(
    Schema.String.check(Schema.isPattern(keyPattern, { message: "letters, digits and _, not beginning with a digit" })),
  ),
)

export const agent = Argument.Literals("agent", EnvName.literals).pipe(
  Argument.withDescription("dev, pm-agent, or default for all of them"),
  Argument.withDefault("default" as const),
)

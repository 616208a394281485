import { Context } from "effect"

/** The environment of this process. A reference, so that tests give their own and nothing else reads `process.env`. */
export const HostEnvironment = Context.Reference<Readonly<Record<string, string | undefined>>>(
  "@kugetsu/core/system/HostEnvironment",
  { defaultValue: () => process.env },
)

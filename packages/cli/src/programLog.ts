import { redacted } from "@kugetsu/core/Redactor"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Cause, Effect, Logger } from "effect"
import { tellRaw } from "./terminal.ts"

/** What programs log goes to standard error, without secrets: a supervisor's is kept with its run. */
export const programLog = Logger.layer([
  Logger.make(({ cause, date, logLevel, message }) => {
    const said = [message].flat().map((part) => (typeof part === "string" ? part : Bun.inspect(part)))
    const reasons = cause.reasons.length === 0 ? [] : [Cause.pretty(cause)]
    const line = `[${date.toISOString()}] ${logLevel.toUpperCase()}: ${[...said, ...reasons].join(" ")}\n`
    Effect.runSync(Effect.flatMap(Effect.provide(redacted(line), KugetsuHome.layer), tellRaw))
  }),
])

import { Schema } from "effect"
import { Mismatch } from "./Isolation.ts"

/** `s_` + UTC time with milliseconds + random tail. */
export const QuarantineId = Schema.String.check(Schema.isPattern(/^s_\d{8}T\d{9}_[0-9a-z]{6}$/)).pipe(
  Schema.brand("QuarantineId"),
)
export type QuarantineId = typeof QuarantineId.Type

export const isQuarantineId = Schema.is(QuarantineId)

const tailLength = 6

/** `random` is a number from 0 to below 1. */
export const newQuarantineId = (at: Date, random: number): QuarantineId => {
  const time = at.toISOString().replace(/[-:.Z]/g, "")
  const tail = Math.floor(random * 36 ** tailLength).toString(36)
  return QuarantineId.make(`s_${time}_${tail.padStart(tailLength, "0")}`)
}

const condemnation = {
  version: Schema.Literal(1),
  id: QuarantineId,
  /** In agents/. */
  name: Schema.String,
  /** The ref; for the base and the PM their name. */
  owner: Schema.String,
  session: Schema.NullOr(Schema.String),
  mismatches: Schema.Array(Mismatch),
  quarantined_at: Schema.String,
}

/** `condemned.json` in a private storage: it goes into the quarantine, whoever comes to do it. */
export const CondemnedStorage = Schema.Struct({
  ...condemnation,
  /** Where the session should have been: absolute, without symbolic links. */
  directory: Schema.String,
})
export type CondemnedStorage = typeof CondemnedStorage.Type

/** `quarantine/ID/record.json`: a session that is out of use for good, and why. */
export const QuarantinedSession = Schema.Struct({
  ...condemnation,
  /** A copy of the issue's own conversation goes on in a new session. */
  carried_over: Schema.Boolean,
  /** A person was told. */
  reported: Schema.Boolean,
})
export type QuarantinedSession = typeof QuarantinedSession.Type

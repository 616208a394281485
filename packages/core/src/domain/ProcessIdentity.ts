import { Schema } from "effect"

/**
 * Who a process is, for ever: a pid alone is reused. `start` is field 22 of /proc/PID/stat (clock ticks since boot), where
 * there is no /proc what `ps` says of it (UTC); `boot` the kernel's id of this boot.
 */
export const ProcessIdentity = Schema.Struct({
  pid: Schema.Int,
  start: Schema.String,
  boot: Schema.String,
})
export type ProcessIdentity = typeof ProcessIdentity.Type

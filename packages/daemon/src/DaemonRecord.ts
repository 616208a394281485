import { ProcessIdentity } from "@kugetsu/core/domain/ProcessIdentity"
import { jsonFile } from "@kugetsu/core/system/JsonFile"
import { Schema } from "effect"

/** queue/daemon.json: the daemon that holds, or last held, queue/daemon.lock. */
export const DaemonRecord = Schema.Struct({
  version: Schema.Literal(1),
  daemon: ProcessIdentity,
  /** Of kugetsu. */
  kugetsu: Schema.String,
  /** ISO 8601. */
  since: Schema.String,
})
export type DaemonRecord = typeof DaemonRecord.Type

export const daemonFile = jsonFile(DaemonRecord)

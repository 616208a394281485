import { removeTree, temporaryDirectoryIn } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"

/**
 * A temporary directory of one run, for the scope. Its path is short (sockets have room for 107 bytes); each `opencode
 * run` leaves a library of 5.6 MB in it.
 */
export const privateTmp = Effect.acquireRelease(
  Effect.flatMap(HostEnvironment, (env) => temporaryDirectoryIn(env.TMPDIR || "/tmp", "kugetsu-")),
  (tmp) => Effect.ignore(removeTree(tmp)),
)

import { removeTree, temporaryDirectoryIn } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"

/**
 * A temporary directory of one run, with a short path (sockets have room for 107 bytes), removed afterwards: each
 * `opencode run` leaves a library of 5.6 MB in it.
 */
export const withPrivateTmp = <A, E, R>(use: (tmp: string) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.flatMap(HostEnvironment, (env) => temporaryDirectoryIn(env.TMPDIR || "/tmp", "kugetsu-")),
    use,
    (tmp) => Effect.ignore(removeTree(tmp)),
  )

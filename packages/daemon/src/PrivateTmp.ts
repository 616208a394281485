import { HomeUnusable, temporaryDirectoryIn } from "@kugetsu/core/system/Files"
import { forceRemoveTree } from "@kugetsu/core/system/forceRemoveTree"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"
import * as path from "node:path"

const PREFIX = "kugetsu-"

/**
 * A temporary directory of one run, for the scope. Its path is short (sockets have room for 107 bytes); each `opencode
 * run` leaves a library of 5.6 MB in it.
 */
export const privateTmp = Effect.acquireRelease(
  Effect.flatMap(HostEnvironment, (env) => temporaryDirectoryIn(env.TMPDIR || "/tmp", PREFIX)),
  (tmp) => Effect.ignore(removePrivateTmp(tmp)),
)

/** Of a run that is over, as its record names it. A record that names anything else is wrong: that stays. */
export const removePrivateTmp = (tmp: string): Effect.Effect<void, HomeUnusable> =>
  path.isAbsolute(tmp) && path.basename(tmp).startsWith(PREFIX)
    ? forceRemoveTree(tmp)
    : Effect.fail(
        new HomeUnusable({
          path: tmp,
          operation: "remove",
          reason: "it is not named like a run's temporary directory",
        }),
      )

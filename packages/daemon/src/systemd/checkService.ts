import { problem, warning, well } from "@kugetsu/core/domain/Finding"
import { Settings } from "@kugetsu/core/Settings"
import { exists } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect, Option } from "effect"
import * as path from "node:path"
import { accountName } from "./accountName.ts"
import { findService, installedUnit } from "./findService.ts"
import { isLingering } from "./linger.ts"
import { onPath } from "./servicePath.ts"
import { unitWords } from "./unitWords.ts"

const again = "kugetsu queue-daemon install"

/**
 * Where systemd runs the daemon: what the daemon finds, with the program and the PATH of its unit, which are not those of
 * the shell that asks. Nothing where the service is not installed.
 */
export const checkService = Effect.fn("checkService")(function* () {
  if (Option.isNone(yield* findService)) return []
  const { command, environment } = unitWords(Option.getOrElse(yield* installedUnit, () => ""))
  const { opencodeBin } = yield* (yield* Settings).load
  const searched = environment.PATH ?? ""
  const { PATH: own = "" } = yield* HostEnvironment

  // the runtime and the main file in development, one program else
  const programs = command.filter((word) => path.isAbsolute(word))
  const gone = yield* Effect.filter(programs, (program) => Effect.map(exists(program), (there) => !there))
  const started =
    programs.length === 0 || gone.length > 0
      ? problem(
          "program",
          `its unit starts ${gone[0] ?? "nothing that has a full path"}, which is not there`,
          `From where kugetsu is now: ${again}`,
        )
      : well("program", `its unit starts ${programs.at(-1)}`)

  const tools = ["git", opencodeBin ?? "opencode"].map((program) => {
    const found = onPath(program, searched)
    const here = onPath(program, own)
    if (found === null) {
      const elsewhere = here === null ? "" : `, though it is in ${path.dirname(here)}`
      return problem(
        program,
        `the daemon does not find it${elsewhere}: PATH of its unit is ${searched}`,
        `Run: ${again}`,
      )
    }
    return here === null || here === found
      ? well(program, `the daemon finds ${found}`)
      : warning(program, `the daemon finds ${found}, and this shell ${here}`, `If that is the right one: ${again}`)
  })

  const name = yield* accountName
  const lingers = (yield* isLingering)
    ? well("linger", "it starts with the machine, and goes on when you log out")
    : warning("linger", "daemon and agents end when you log out", `To keep them: sudo loginctl enable-linger ${name}`)
  return [started, ...tools, lingers]
})

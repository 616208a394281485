import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { userHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as path from "node:path"
import { SERVICE, SLICE } from "./unitText.ts"

/** Where the units of a person's services are: outside kugetsu's home, where systemd looks. */
export const unitFiles = Effect.map(HostEnvironment, (env) => {
  const config = env.XDG_CONFIG_HOME?.startsWith("/") ? env.XDG_CONFIG_HOME : path.join(userHome(env), ".config")
  const dir = path.join(config, "systemd", "user")
  return {
    dir,
    service: path.join(dir, SERVICE),
    slice: path.join(dir, SLICE),
    /** The link that makes it start with the person's systemd. */
    wanted: path.join(dir, "default.target.wants", SERVICE),
  }
})

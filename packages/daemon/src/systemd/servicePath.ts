import { exists, listDirectory } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { userHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as path from "node:path"

/** Where people's tools are, below their home; a shell's own start-up files name them, and systemd reads none. */
const below = [".local/bin", "bin", ".opencode/bin", ".bun/bin", ".cargo/bin", ".deno/bin", "go/bin"]
const everywhere = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin"]

/**
 * PATH for the daemon and its agents: what the person has at this moment, in its order, and then where opencode, git,
 * node and other tools usually are.
 */
export const servicePath = Effect.gen(function* () {
  const env = yield* HostEnvironment
  const home = userHome(env)
  const given = (env.PATH ?? "").split(":").filter((dir) => dir.startsWith("/") && !isPassing(dir))
  const node = given.some((dir) => dir.startsWith(nvm(home))) ? [] : yield* nodeOfNvm(home)
  const usual = [...below.map((dir) => path.join(home, dir)), ...node, ...everywhere]
  const present = yield* Effect.filter(usual, (dir) => exists(dir))
  return [...new Set([...given, ...present])].join(":")
})

/** What package runners put in front for one command. */
const isPassing = (dir: string): boolean => dir.includes("/node_modules/.bin") || dir.includes("/_npx/")

const nvm = (home: string): string => path.join(home, ".nvm", "versions", "node")

/** nvm is often loaded only when it is first used: then PATH has no node yet. The newest version. */
const nodeOfNvm = Effect.fnUntraced(function* (home: string) {
  const versions = yield* listDirectory(nvm(home))
  const newest = versions
    .filter((name) => /^v\d/.test(name))
    .sort((a, b) => Bun.semver.order(a, b))
    .at(-1)
  return newest === undefined ? [] : [path.join(nvm(home), newest, "bin")]
})

/** The first file of that name on a PATH; null: there is none. */
export const onPath = (program: string, searched: string): string | null => Bun.which(program, { PATH: searched })

import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { homes } from "../cli/everyCommand/homes.ts"
import { rows } from "../cli/everyCommand/rows.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/** What one command had resident at its peak. */
export interface CommandMemory {
  readonly command: string
  readonly megabytes: number
  readonly code: number
}

/**
 * Every command, each once in a home of its own that has a record of every kind. Where what it is for is not there (an
 * agent, a forge, a terminal) it is measured up to its refusal. The daemon itself is not among them.
 */
export const commandMemory = Effect.fnUntraced(function* (kugetsu: ReadonlyArray<string>) {
  const dir = yield* temporaryDirectory
  const report = path.join(dir, "peak")
  return Object.entries(rows).flatMap(([command, row], at): ReadonlyArray<CommandMemory> => {
    if (row.until !== undefined || row.ends !== undefined) return []
    const home = path.join(dir, `home ${at}`)
    homes.whole(home)
    const words = [...command.split(" "), ...(row.words?.split(" ") ?? [])]
    const { exitCode } = Bun.spawnSync(["time", "-q", "-f", "%M", "-o", report, ...kugetsu, ...words], {
      cwd: dir,
      env: { PATH: process.env.PATH!, HOME: dir, TMPDIR: dir, KUGETSU_DIR: home, GIT_CONFIG_NOSYSTEM: "1" },
      stdio: ["ignore", "ignore", "ignore"],
    })
    return [{ command, megabytes: Math.round(Number(fs.readFileSync(report, "utf8")) / 1024), code: exitCode }]
  })
})

/** The largest first. */
export const memoryTable = (all: ReadonlyArray<CommandMemory>): string =>
  [
    "| command | at its peak | ends with |",
    "|---|---|---|",
    ...all
      .toSorted((a, b) => b.megabytes - a.megabytes || a.command.localeCompare(b.command))
      .map(({ code, command, megabytes }) => `| \`kugetsu ${command}\` | ${megabytes} MB | ${code} |`),
  ].join("\n")

import { quoteShellWord } from "@kugetsu/core/domain/ShellWord"
import { attempt, ensureDirectory, replaceFile } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { selfCommand } from "@kugetsu/core/system/Self"
import { Context, Effect } from "effect"
import * as fs from "node:fs"

/** The command that stands for the PM's shell; `-c` and the line follow. */
export const PmShell = Context.Reference<ReadonlyArray<string>>("@kugetsu/daemon/ensurePmShell/PmShell", {
  defaultValue: () => [...selfCommand(), "pm-shell"],
})

/**
 * The PM's shell, as one file that an engine can be given in place of a shell; gives its path. It runs one command of
 * kugetsu that is for the PM, whatever line it is given.
 */
export const ensurePmShell = Effect.gen(function* () {
  const { pm, pmShell } = yield* KugetsuHome
  const command = (yield* PmShell).map((word) => quoteShellWord(word)).join(" ")
  yield* ensureDirectory(pm)
  // from `/`, since what runs in development reads files of the directory it starts in
  yield* replaceFile(pmShell, `#!/bin/sh\ncd / && exec ${command} "$@"\n`)
  yield* attempt("make executable", pmShell, () => fs.chmodSync(pmShell, 0o700))
  return pmShell
}).pipe(Effect.withSpan("ensurePmShell"))

import * as fs from "node:fs"
import * as path from "node:path"
import { kugetsuCommand } from "./kugetsuCommand.ts"

/** Puts a `kugetsu` into a directory, as an installation puts it on PATH; gives its path. */
export const kugetsuProgram = (directory: string): string => {
  fs.mkdirSync(directory, { recursive: true })
  const program = path.join(directory, "kugetsu")
  const words = kugetsuCommand.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")
  fs.writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 })
  return program
}

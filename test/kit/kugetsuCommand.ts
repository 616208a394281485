import * as path from "node:path"

const root = path.join(import.meta.dirname, "..", "..")
const built = process.env.KUGETSU_TESTED

/**
 * The program under test: the executable that KUGETSU_TESTED names (relative to the repository), as `bun run test`
 * builds it, else the sources. The executable starts in a tenth of the time.
 */
export const kugetsuCommand: ReadonlyArray<string> =
  built === undefined
    ? [process.execPath, path.join(root, "packages", "cli", "src", "main.ts")]
    : [path.resolve(root, built)]

import * as fs from "node:fs"
import * as path from "node:path"
import { commandReference } from "../packages/cli/src/commandReference.ts"

/** Writes the documents that are made from the program: `bun run docs`. */
fs.writeFileSync(path.join(import.meta.dirname, "..", "docs", "cli.md"), await commandReference())

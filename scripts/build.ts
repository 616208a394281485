import * as path from "node:path"
import { parseArgs } from "node:util"

/** Compiles the `kugetsu` executable: `bun scripts/build.ts [--outfile PATH] [--target bun-linux-arm64]`. */
const root = path.join(import.meta.dirname, "..")
const { values } = parseArgs({
  options: {
    outfile: { type: "string", default: path.join(root, "dist", "kugetsu") },
    /** Another platform than this one, in the words of `bun build --target`. */
    target: { type: "string" },
  },
})

const build = Bun.spawn(
  [
    process.execPath,
    "build",
    path.join(root, "packages/cli/src/main.ts"),
    "--compile",
    "--production",
    // start-up: half the time of plain source
    "--bytecode",
    "--format=esm",
    "--splitting",
    // stack traces and error names that people can read
    "--sourcemap=linked",
    "--keep-names",
    // kugetsu runs inside other people's repositories, and nothing in them may configure it
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    ...(values.target === undefined ? [] : [`--target=${values.target}`]),
    "--outfile",
    path.resolve(values.outfile),
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
)
process.exit(await build.exited)

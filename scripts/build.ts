import * as fs from "node:fs"
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

const outfile = path.resolve(values.outfile)
fs.mkdirSync(path.dirname(outfile), { recursive: true })
const place = fs.mkdtempSync(path.join(path.dirname(outfile), ".build-"))
const built = path.join(place, path.basename(outfile))

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
    // stack traces and error names that people can read; the maps are in the executable, too
    "--sourcemap=external",
    "--keep-names",
    // most commands end before compiled code pays; what goes on for long gets there all the same
    "--compile-jit-policy=100",
    // kugetsu runs inside other people's repositories, and nothing in them may configure it
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    ...(values.target === undefined ? [] : [`--target=${values.target}`]),
    "--outfile",
    built,
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
)
const code = await build.exited
if (code === 0) fs.renameSync(built, outfile)
fs.rmSync(place, { recursive: true })
process.exit(code)

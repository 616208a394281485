import * as fs from "node:fs"
import * as path from "node:path"
import manifest from "../packages/cli/package.json" with { type: "json" }
import { outputDirectory } from "./outputDirectory.ts"

/** Makes the npm package `kugetsu` in dist/npm, the command as one program for Bun: `bun run npm [DIRECTORY]`. */
const root = path.join(import.meta.dirname, "..")
const cli = path.join(root, "packages", "cli")
const { made: place, putInPlace } = outputDirectory(
  path.resolve(process.argv[2] ?? path.join(root, "dist", "npm")),
  /^(dist|package\.json|README\.md|LICENSE)$/,
)

const built = await Bun.build({
  entrypoints: [path.join(cli, "src", "main.ts")],
  outdir: path.join(place, "dist"),
  naming: { entry: "kugetsu.js", chunk: "[hash].js" },
  target: "bun",
  splitting: true,
  minify: { whitespace: true, syntax: true },
})
if (!built.success) throw new AggregateError(built.logs, "the command could not be built")

const { description, engines, license, version } = manifest
const published = {
  name: "kugetsu",
  version,
  description,
  license,
  type: "module",
  bin: { kugetsu: "dist/kugetsu.js" },
  files: ["dist"],
  engines,
}
fs.writeFileSync(path.join(place, "package.json"), JSON.stringify(published, null, 2) + "\n")
for (const file of ["README.md", "LICENSE"]) fs.copyFileSync(path.join(cli, file), path.join(place, file))
putInPlace()

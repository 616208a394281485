import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import manifest from "../packages/core/package.json" with { type: "json" }

/** Makes what is published of @kugetsu/core, the exported modules and what they import: `bun run library`. */
const root = path.join(import.meta.dirname, "..")
const core = path.join(root, "packages", "core")
const src = path.join(core, "src")
fs.mkdirSync(path.join(root, "dist"), { recursive: true })
const built = fs.mkdtempSync(path.join(root, "dist", ".library-"))
const place = fs.mkdtempSync(path.join(os.tmpdir(), "kugetsu-library-"))

const compilation = {
  extends: path.join(root, "tsconfig.base.json"),
  compilerOptions: {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: src,
    outDir: built,
    typeRoots: [path.join(root, "node_modules", "@types")],
  },
  files: Object.keys(manifest.exports).map((name) => path.join(src, `${name}.ts`)),
}

try {
  const project = path.join(place, "tsconfig.json")
  fs.writeFileSync(project, JSON.stringify(compilation))
  const tsc = Bun.spawnSync([path.join(root, "node_modules", ".bin", "tsc"), "--project", project], {
    stdio: ["ignore", "inherit", "inherit"],
  })
  if (tsc.exitCode !== 0) process.exitCode = tsc.exitCode
  else {
    fs.rmSync(path.join(core, "dist"), { recursive: true, force: true })
    fs.renameSync(built, path.join(core, "dist"))
  }
} finally {
  fs.rmSync(place, { recursive: true })
  fs.rmSync(built, { recursive: true, force: true })
}

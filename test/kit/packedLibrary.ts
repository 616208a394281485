import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { temporaryDirectory } from "./temporary.ts"

const root = path.join(import.meta.dirname, "..", "..")
const core = path.join(root, "packages", "core")

/** Of docs/library.md, by the file name that stands behind `ts`. */
export const examples = (): Readonly<Record<string, string>> => {
  const document = fs.readFileSync(path.join(root, "docs", "library.md"), "utf8")
  return Object.fromEntries(
    [...document.matchAll(/^```ts (\S+)\n([^]*?)^```$/gm)].map(([, name, text]) => [name, text]),
  )
}

/**
 * A project of somebody who knows nothing of this repository: @kugetsu/core from the tarball that would be published, its
 * peers beside it, and the examples of docs/library.md.
 */
export const packedLibrary = Effect.gen(function* () {
  const place = yield* temporaryDirectory
  const run = (argv: ReadonlyArray<string>, cwd: string) => {
    const { exitCode, stderr, stdout } = Bun.spawnSync([...argv], { cwd, stdio: ["ignore", "pipe", "pipe"] })
    if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stdout.toString()}${stderr.toString()}`)
    return stdout.toString()
  }
  run([process.execPath, path.join(root, "scripts", "library.ts")], root)
  const [packed] = JSON.parse(
    run(["npm", "pack", "--json", "--ignore-scripts", "--offline", "--pack-destination", place], core),
  ) as [{ readonly filename: string; readonly files: ReadonlyArray<{ readonly path: string }> }]

  const project = path.join(place, "project")
  const modules = path.join(project, "node_modules")
  const installed = path.join(modules, "@kugetsu", "core")
  fs.mkdirSync(installed, { recursive: true })
  run(["tar", "-xzf", path.join(place, packed.filename), "--strip-components=1", "-C", installed], project)
  const link = (name: string, from: string) => {
    fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true })
    fs.symlinkSync(fs.realpathSync(path.join(from, "node_modules", name)), path.join(modules, name))
  }
  link("effect", core)
  link("@effect/platform-node-shared", path.join(root, "test"))
  link("@types/bun", root)

  const write = (name: string, text: string) => fs.writeFileSync(path.join(project, name), text)
  write("package.json", JSON.stringify({ name: "somebody", private: true, type: "module" }))
  const compilerOptions = { target: "esnext", module: "nodenext", strict: true, noEmit: true, types: ["bun"] }
  write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  for (const [name, text] of Object.entries(examples())) write(name, text)

  return {
    project,
    installed,
    files: packed.files.map((file) => file.path).sort(),
    /** What the compiler says of the project; nothing when all is well. */
    compile: () => {
      const tsc = path.join(root, "node_modules", ".bin", "tsc")
      return Bun.spawnSync([tsc, "--pretty", "false"], { cwd: project }).stdout.toString()
    },
  }
})

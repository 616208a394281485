import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

let bundle: Promise<string> | undefined

/** The program of the suite in one file, for it is started hundreds of times; removed when this process ends. */
export const bundledProgram = (): Promise<string> => (bundle ??= build())

const build = async (): Promise<string> => {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), "kugetsu-faults-program-"))
  process.once("exit", () => fs.rmSync(outdir, { recursive: true, force: true }))
  await Bun.build({
    entrypoints: [path.join(import.meta.dirname, "kugetsu.program.ts")],
    outdir,
    target: "bun",
    splitting: true,
    minify: { syntax: true, whitespace: true },
  })
  return path.join(outdir, "kugetsu.program.js")
}

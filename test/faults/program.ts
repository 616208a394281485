import * as path from "node:path"

let bundle: Promise<Bun.BuildOutput> | undefined

const build = () =>
  Bun.build({
    entrypoints: [path.join(import.meta.dirname, "kugetsu.program.ts")],
    target: "bun",
    splitting: true,
    minify: { syntax: true, whitespace: true },
  })

/** Writes the suite's program into a directory, bundled, for it is started hundreds of times; gives its file. */
export const writeProgram = async (directory: string): Promise<string> => {
  const { outputs } = await (bundle ??= build())
  for (const output of outputs) await Bun.write(path.join(directory, output.path), output)
  return path.join(directory, "kugetsu.program.js")
}

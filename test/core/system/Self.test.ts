import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const self = path.join(import.meta.dirname, "../../../packages/core/src/system/Self.ts")

effectTest("a compiled program that was replaced by a rename starts what is in its place now", () =>
  Effect.gen(function* () {
    const place = yield* temporaryDirectory
    const [source, program, next] = ["main.ts", "program", "next"].map((name) => path.join(place, name)) as [
      string,
      string,
      string,
    ]
    fs.writeFileSync(
      source,
      `import { selfCommand } from ${JSON.stringify(self)}
console.log("started")
for await (const _ of console) break
console.log(JSON.stringify(selfCommand()))`,
    )
    const build = [process.execPath, "build", source, "--compile", "--outfile", program]
    expect(Bun.spawnSync(build, { cwd: place }).exitCode).toBe(0)
    fs.copyFileSync(program, next)
    const said = yield* Effect.promise(async () => {
      const child = Bun.spawn([program], { stdin: "pipe", stdout: "pipe" })
      const reader = child.stdout.getReader()
      const decoder = new TextDecoder()
      expect(decoder.decode((await reader.read()).value)).toBe("started\n")
      fs.renameSync(next, program)
      void child.stdin.write("\n")
      void child.stdin.end()
      return decoder.decode((await reader.read()).value)
    })
    expect(JSON.parse(said)).toEqual([program])
  }),
)

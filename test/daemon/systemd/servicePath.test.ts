import { expect } from "bun:test"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { onPath, servicePath } from "@kugetsu/daemon/systemd/servicePath"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const pathOf = (home: string, PATH: string) =>
  Effect.map(Effect.provideService(servicePath, HostEnvironment, { HOME: home, PATH }), (text) => text.split(":"))

effectTest("opencode, node of nvm and the person's own programs are found though the shell did not name them", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const program = (...parts: ReadonlyArray<string>) => {
      const file = path.join(home, ...parts)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 })
      return file
    }
    const opencode = program(".opencode", "bin", "opencode")
    program(".nvm", "versions", "node", "v9.11.2", "bin", "node-of-test")
    const node = program(".nvm", "versions", "node", "v22.3.0", "bin", "node-of-test")
    const tool = program(".local", "bin", "tool-of-test")
    const searched = yield* pathOf(home, "/usr/bin:/bin")
    expect(searched.slice(0, 2)).toEqual(["/usr/bin", "/bin"])
    const all = searched.join(":")
    expect([onPath("opencode", all), onPath("node-of-test", all), onPath("tool-of-test", all)]).toEqual([
      opencode,
      node,
      tool,
    ])
    expect(onPath("nothing-of-test", all)).toBeNull()
    expect(new Set(searched).size).toBe(searched.length)
  }),
)

effectTest("the node that the shell has stays the one, and what is there for one command or relative is left out", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    for (const version of ["v20.1.0", "v22.3.0"]) {
      fs.mkdirSync(path.join(home, ".nvm", "versions", "node", version, "bin"), { recursive: true })
    }
    const chosen = path.join(home, ".nvm", "versions", "node", "v20.1.0", "bin")
    const given = [chosen, "", ".", "bin", "/project/node_modules/.bin", "/root/.npm/_npx/1/node_modules/.bin", "/bin"]
    const searched = yield* pathOf(home, given.join(":"))
    expect(searched.filter((dir) => dir.includes(".nvm"))).toEqual([chosen])
    expect(searched.every((dir) => dir.startsWith("/") && !dir.includes("node_modules"))).toBe(true)
  }),
)

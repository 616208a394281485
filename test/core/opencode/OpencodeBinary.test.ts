import { expect, test } from "bun:test"
import { isKnownGood, opencodeVersion, pinnedVersion, resolveOpencode } from "@kugetsu/core/opencode/OpencodeBinary"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../../kit/effectTest.ts"
import { fakeOpencode } from "../../kit/fakeOpencode.ts"
import { opencodeBinary } from "../../kit/opencode.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const PATH = process.env.PATH!

effectTest("the configured executable serves, else the one on the agent's own PATH", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const { program } = fakeOpencode(path.join(root, "bin"))
    expect(yield* resolveOpencode(null, { PATH: path.join(root, "bin") })).toBe(program)
    expect(yield* resolveOpencode("opencode", { PATH: path.join(root, "bin") })).toBe(program)
    expect(yield* resolveOpencode(program, { PATH: "" })).toBe(program)
    expect((yield* Effect.flip(resolveOpencode("/some/where", { PATH: "" }))).message).toContain("/some/where")
    for (const env of [{ PATH: root }, {}] as ReadonlyArray<Record<string, string>>) {
      const missing = yield* Effect.flip(resolveOpencode(null, env))
      expect(missing).toMatchObject({ _tag: "OpencodeMissing", code: 69 })
      expect(missing.remedy).toContain(`npm install -g opencode-ai@${pinnedVersion}`)
    }
  }),
)

effectTest("a program that is not there, is no program or is not opencode is told apart from a version", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const at = (name: string) => path.join(root, name)
    fs.writeFileSync(at("text"), "not a program")
    fs.writeFileSync(at("silent"), "#!/bin/sh\nexit 0\n", { mode: 0o755 })
    fs.writeFileSync(at("failing"), "#!/bin/sh\necho no such luck >&2; exit 4\n", { mode: 0o755 })
    const reasonOf = (name: string) => Effect.flip(opencodeVersion(at(name), { PATH }))
    for (const name of ["none", "text", "silent"]) expect(yield* reasonOf(name)).toMatchObject({ code: 69 })
    expect((yield* reasonOf("failing")).message).toContain("no such luck")
    const { program } = fakeOpencode(at("fake"), { version: "1.20.0-beta.1" })
    expect(yield* opencodeVersion(program, { PATH })).toBe("1.20.0-beta.1")
  }).pipe(Effect.provide(ProcessesLive)),
)

effectTest("the pinned binary is the version kugetsu is tested with", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const env = { PATH, HOME: root, TMPDIR: root }
    expect(yield* opencodeVersion(opencodeBinary(), env)).toBe(pinnedVersion)
  }).pipe(Effect.provide(ProcessesLive)),
)

test("versions before the pinned one and of a next minor are not known to work", () => {
  expect([pinnedVersion, "1.18.40"].map(isKnownGood)).toEqual([true, true])
  expect(["1.18.32", "1.19.0", "2.0.0", "1.2.27", "unknown"].map(isKnownGood)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})

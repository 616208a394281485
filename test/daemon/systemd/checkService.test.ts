import { expect, test } from "bun:test"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { checkService } from "@kugetsu/daemon/systemd/checkService"
import { BootMark } from "@kugetsu/daemon/systemd/Systemctl"
import { SERVICE, serviceText } from "@kugetsu/daemon/systemd/unitText"
import { unitWords } from "@kugetsu/daemon/systemd/unitWords"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

test("what a unit says is read back as it was given, however odd", () => {
  const odd = '/a b/50%h/"q"/back\\slash/$HOME/new\nline/\\x41=1'
  const said = { command: [odd, "queue-daemon", "run"], environment: { KUGETSU_DIR: odd, PATH: `/bin:${odd}` } }
  const { command, environment } = unitWords(serviceText(said))
  expect(command).toEqual(said.command)
  expect(environment).toMatchObject(said.environment)
})

/** A machine with systemd, a person who does not linger, and what `doctor` says there, by subject. */
const machine = Effect.gen(function* () {
  const dir = yield* temporaryDirectory
  const root = path.join(dir, "home")
  const program = (...parts: ReadonlyArray<string>) => {
    const file = path.join(dir, ...parts)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 })
    return file
  }
  const units = path.join(dir, "config", "systemd", "user")
  const install = (command: ReadonlyArray<string>, PATH: string, home = root) => {
    fs.mkdirSync(units, { recursive: true })
    const environment = { KUGETSU_DIR: home, PATH }
    fs.writeFileSync(path.join(units, SERVICE), serviceText({ command, environment }))
  }
  const account = Layer.mock(Processes, {
    run: () => Effect.succeed({ exitCode: 0, stdout: "nobody-of-test\n", stderr: "" }),
  })
  const env = { HOME: dir, XDG_CONFIG_HOME: path.join(dir, "config"), PATH: path.join(dir, "shell") }
  const layers = Layer.mergeAll(Settings.layer, account).pipe(
    Layer.provideMerge(KugetsuHome.at(root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, env)),
    Layer.provideMerge(Layer.succeed(BootMark, dir)),
  )
  const look = Effect.map(Effect.provide(checkService(), layers), (findings) =>
    Object.fromEntries(findings.map(({ found, state, subject }) => [subject, `${state}: ${found}`])),
  )
  return { dir, root, program, install, look }
})

effectTest("what only the shell finds, and the daemon does not, is a problem, and so is a program that has gone", () =>
  Effect.gen(function* () {
    const { dir, install, look, program } = yield* machine
    program("shell", "git")
    program("shell", "opencode")
    const own = program("bin", "kugetsu")
    const git = program("unit", "git")
    install([own, "queue-daemon", "run"], path.join(dir, "unit"))
    const found = yield* look
    expect(found.program).toBe(`ok: its unit starts ${own}`)
    expect(found.git).toBe(`warning: the daemon finds ${git}, and this shell ${path.join(dir, "shell", "git")}`)
    expect(found.opencode).toStartWith(
      `problem: the daemon does not find it, though it is in ${path.join(dir, "shell")}`,
    )
    expect(found.linger).toStartWith("warning: daemon and agents end when you log out")
    program("unit", "opencode")
    fs.rmSync(own)
    const later = yield* look
    expect(later.program).toBe(`problem: its unit starts ${own}, which is not there`)
    expect(later.opencode).toStartWith("warning: the daemon finds")
  }),
)

effectTest("nothing is said of a service that is not installed, or is another home's", () =>
  Effect.gen(function* () {
    const { install, look } = yield* machine
    expect(yield* look).toEqual({})
    install(["/nowhere/kugetsu"], "/nowhere", "/another/home")
    expect(yield* look).toEqual({})
  }),
)

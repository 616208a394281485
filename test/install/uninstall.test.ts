import { serviceText } from "@kugetsu/daemon/systemd/unitText"
import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { freshMachine, standIn } from "../kit/installation.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"
import { queueStage, ref } from "../kit/queueStage.ts"

const installer = path.join(import.meta.dirname, "..", "..", "install.sh")

const systemctl = { systemctl: '#!/bin/sh\necho "systemctl $*" >>"$HOME/asked"\n' }
const units = [".config/systemd/user/kugetsu-agents.slice", ".config/systemd/user/kugetsu-queue-daemon.service"]
const status = (used: number, running: ReadonlyArray<unknown> = []) =>
  JSON.stringify({ slots: { limit: 3, used }, queue: { notified: 0 }, running }, null, 2)
/** What the program does with its unit. */
const removesUnit = `case "$1 $2" in "queue-daemon uninstall") rm -f ${units.map((unit) => `"$HOME/${unit}"`).join(" ")} ;; esac\n`

/** kugetsu installed, with a unit and with work in its home. */
const inUse = Effect.fnUntraced(function* (
  said: string,
  unit: { readonly home?: string; readonly runs?: string } = {},
) {
  const machine = yield* freshMachine([], systemctl)
  yield* machine.install(["--from-file", machine.write("given", standIn("1.2.3", removesUnit))])
  const [slice, service] = units as [string, string]
  machine.write(slice, "[Unit]\n")
  const command = [unit.runs ?? machine.program, "queue-daemon", "run"]
  const environment = { KUGETSU_DIR: unit.home ?? path.join(machine.home, ".kugetsu") }
  machine.write(service, serviceText({ command, environment }))
  machine.write(".kugetsu/worktrees/work", "not pushed")
  machine.write("status.json", said)
  fs.rmSync(path.join(machine.home, "given"))
  return {
    ...machine,
    asked: () => fs.readFileSync(path.join(machine.home, "asked"), "utf8").trimEnd().split("\n"),
  }
})

effectTest(
  "--uninstall takes units, program and completions, and nothing of the home, which it names; twice does no harm",
  () =>
    Effect.gen(function* () {
      const machine = yield* inUse(status(0))
      const { code, err, out } = yield* machine.install(["--uninstall"])
      expect({ code, err }).toEqual({ code: 0, err: "" })
      expect(machine.files()).toEqual([".kugetsu/worktrees/work", "asked", "status.json"])
      expect(out).toContain(path.join(machine.home, ".kugetsu"))
      expect(machine.asked()).toEqual(["queue-daemon uninstall", "queue-daemon stop"])
      const again = yield* machine.install(["--uninstall"])
      expect(again.code).toBe(0)
      expect(again.out).toContain("nothing to remove")
    }),
)

for (const [what, said, words] of [
  ["agents are at work", status(2), "agents are at work"],
  ["the PM is at work, which takes no slot,", status(0, [{ phase: "running" }]), "agents are at work"],
  ["status says what nobody understands", '{"slots":{"used":0}}', "does not tell"],
  ["status says nothing", "", "does not tell"],
] as const) {
  effectTest(`while ${what} nothing is removed, unless --force says so`, () =>
    Effect.gen(function* () {
      const machine = yield* inUse(said)
      const before = machine.files()
      const { code, err } = yield* machine.install(["--uninstall"])
      expect(code).toBe(73)
      expect(err).toContain(words)
      expect(machine.files()).toEqual(before)
      expect((yield* machine.install(["--uninstall", "--force"])).code).toBe(0)
      expect(machine.files()).toEqual([".kugetsu/worktrees/work", "asked", "status.json"])
    }),
  )
}

for (const [what, unit, asked] of [
  ["serves another directory", { home: "/home/ann/other" }, ["queue-daemon stop"]],
  ["runs another program", { runs: "/opt/kugetsu" }, null],
] as const) {
  effectTest(`a unit that ${what} stays, and its daemon too`, () =>
    Effect.gen(function* () {
      const machine = yield* inUse(status(0), unit)
      const { code, out } = yield* machine.install(["--uninstall"])
      expect(code).toBe(0)
      expect(out).toContain(`kept ${path.join(machine.home, units[1]!)}`)
      expect(machine.files()).toEqual(expect.arrayContaining(units))
      expect(fs.existsSync(machine.program)).toBe(false)
      if (asked === null) expect(machine.files()).not.toContain("asked")
      else expect(machine.asked()).toEqual([...asked])
    }),
  )
}

effectTest("where the program is gone its units are removed all the same", () =>
  Effect.gen(function* () {
    const home = '/srv/100% "mine"\\ for $5'
    const dir = "/opt/100% $HOME"
    const machine = yield* inUse(status(0), { home, runs: `${dir}/kugetsu` })
    fs.rmSync(machine.program)
    const env = { KUGETSU_DIR: home, KUGETSU_INSTALL_DIR: dir }
    expect((yield* machine.install(["--uninstall"], env)).code).toBe(0)
    expect(machine.files()).toEqual([".kugetsu/worktrees/work", "asked", "status.json"])
    expect(machine.asked()).toEqual([
      "systemctl --user disable --now kugetsu-queue-daemon.service",
      "systemctl --user daemon-reload",
    ])
  }),
)

effectTest(
  "the real program: not while its agent works; then the daemon is ended, and all that was done is there",
  () =>
    Effect.gen(function* () {
      const stage = yield* queueStage({ run: { events: goodTurn("done at last"), delayMs: 2000 } })
      const dir = path.join(stage.home, "bin of mine")
      const given = path.join(stage.home, "given")
      fs.writeFileSync(given, `#!/bin/sh\nexec ${kugetsuCommand.map((word) => `'${word}'`).join(" ")} "$@"\n`)
      const install = (...words: ReadonlyArray<string>) =>
        Effect.promise(async () => {
          const env = { ...stage.env, KUGETSU_INSTALL_DIR: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir }
          const child = Bun.spawn(["sh", installer, ...words], { env, stdio: ["ignore", "pipe", "pipe"] })
          return { err: await new Response(child.stderr).text(), code: await child.exited }
        })
      expect(yield* install("--from-file", given)).toEqual({ err: "", code: 0 })
      const daemon = yield* stage.daemon()
      const id = yield* stage.delegate([`look at ${ref(1)}`])
      yield* stage.untilRuns(id)
      expect((yield* install("--uninstall")).code).toBe(73)
      expect(daemon.exitCode).toBeNull()
      yield* stage.untilIn("done", id)
      expect(yield* install("--uninstall")).toEqual({ err: "", code: 0 })
      expect(yield* Effect.promise(() => daemon.exited)).toBe(0)
      expect(fs.existsSync(path.join(dir, "kugetsu"))).toBe(false)
      expect((yield* stage.answer(["logs"]))[0].outcome).toBe("no_change")
    }),
)

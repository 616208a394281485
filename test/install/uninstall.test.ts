import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshMachine, standIn } from "../kit/installation.ts"

const systemctl = { systemctl: '#!/bin/sh\necho "systemctl $*" >>"$HOME/asked"\n' }
const units = [".config/systemd/user/kugetsu-agents.slice", ".config/systemd/user/kugetsu.service"]
const status = (used: number) => JSON.stringify({ slots: { limit: 3, used } }, null, 2)

/** kugetsu installed, with a unit and with work in its home. */
const inUse = (used: number) =>
  Effect.gen(function* () {
    const machine = yield* freshMachine([], systemctl)
    yield* machine.install(["--from-file", machine.write("given", standIn("1.2.3"))])
    for (const unit of units) machine.write(unit, "[Unit]\n")
    machine.write(".kugetsu/worktrees/work", "not pushed")
    machine.write("status.json", status(used))
    fs.rmSync(path.join(machine.home, "given"))
    return machine
  })

effectTest(
  "--uninstall takes units, program and completions, and nothing of the home, which it names; twice does no harm",
  () =>
    Effect.gen(function* () {
      const machine = yield* inUse(0)
      const { code, err, out } = yield* machine.install(["--uninstall"])
      expect({ code, err }).toEqual({ code: 0, err: "" })
      expect(machine.files()).toEqual([".kugetsu/worktrees/work", "asked", "status.json"])
      expect(out).toContain(path.join(machine.home, ".kugetsu"))
      expect(fs.readFileSync(path.join(machine.home, "asked"), "utf8").split("\n")).toEqual([
        "systemctl --user disable --now kugetsu.service",
        "queue-daemon stop",
        "systemctl --user daemon-reload",
        "",
      ])
      const again = yield* machine.install(["--uninstall"])
      expect(again.code).toBe(0)
      expect(again.out).toContain("nothing to remove")
    }),
)

effectTest("while agents are at work nothing is removed, unless --force says so", () =>
  Effect.gen(function* () {
    const machine = yield* inUse(2)
    const before = machine.files()
    const { code, err } = yield* machine.install(["--uninstall"])
    expect(code).toBe(73)
    expect(err).toContain("agents are at work")
    expect(machine.files()).toEqual(before)
    expect((yield* machine.install(["--uninstall", "--force"])).code).toBe(0)
    expect(fs.existsSync(machine.program)).toBe(false)
    expect(fs.existsSync(path.join(machine.home, ".kugetsu", "worktrees", "work"))).toBe(true)
  }),
)

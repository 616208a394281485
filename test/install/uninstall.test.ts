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
        "systemctl --user disable --now kugetsu-queue-daemon.service",
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

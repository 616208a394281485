import { expect } from "bun:test"
import { Notifications } from "@kugetsu/core/Notifications"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { tryAcquire } from "@kugetsu/core/system/Lock"
import { Processes } from "@kugetsu/core/system/Processes"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { restartDaemon, stopDaemon } from "@kugetsu/daemon/DaemonControl"
import { BootMark } from "@kugetsu/daemon/systemd/Systemctl"
import { SERVICE, serviceText } from "@kugetsu/daemon/systemd/unitText"
import { Effect, Layer, Option, Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { livingSupervisor } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/** A machine with systemd and the installed unit, and a person whose systemd is out of reach. */
const outOfReach = Effect.gen(function* () {
  const dir = yield* temporaryDirectory
  const root = path.join(dir, "home")
  const queue = path.join(root, "queue")
  const units = path.join(dir, "config", "systemd", "user")
  for (const made of [queue, units]) fs.mkdirSync(made, { recursive: true })
  const unit = serviceText({ command: ["/bin/false"], environment: { KUGETSU_DIR: root } })
  fs.writeFileSync(path.join(units, SERVICE), unit)

  /** A process that passes for the daemon. */
  const serve = Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => Bun.spawn(["sleep", "600"])),
      (child) => Effect.sync(() => child.kill("SIGKILL")),
    ),
    ({ pid }) => {
      const daemon = livingSupervisor(pid).supervisor
      const record = { version: 1, daemon, kugetsu: "0.0.1", since: "2026-11-20T06:30:12.000+00:00" }
      fs.writeFileSync(path.join(queue, "daemon.json"), JSON.stringify(record))
      return daemon
    },
  )
  const launched: Array<string> = []
  const scope = yield* Effect.scope
  const processes = Layer.mock(Processes, {
    launch: ({ argv }) =>
      Effect.map(Effect.provideService(serve, Scope.Scope, scope), ({ pid }) => {
        launched.push(argv.slice(-3).join(" "))
        return { pid, exited: Effect.never }
      }),
  })
  const env = { HOME: dir, XDG_CONFIG_HOME: path.join(dir, "config"), XDG_RUNTIME_DIR: path.join(dir, "run") }
  const layers = Layer.mergeAll(Settings.layer, Notifications.layer, processes).pipe(
    Layer.provideMerge(KugetsuHome.at(root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, env)),
    Layer.provideMerge(Layer.succeed(BootMark, dir)),
  )
  return { layers, launched, serve }
})

for (const [command, change] of [
  ["stop", Effect.asVoid(stopDaemon)],
  ["restart", Effect.asVoid(restartDaemon)],
] as const) {
  effectTest(`${command} ends a daemon that the service did not start, also where systemd is out of reach`, () =>
    Effect.gen(function* () {
      const { launched, layers, serve } = yield* outOfReach
      yield* Effect.gen(function* () {
        const lock = yield* tryAcquire((yield* KugetsuHome).queue.daemonLock)
        expect(Option.isSome(lock)).toBe(true)
        const before = yield* serve
        yield* change
        expect(isAlive(before)).toBe(false)
        expect(launched).toEqual(command === "stop" ? [] : ["queue-daemon run --quiet"])
      }).pipe(Effect.provide(layers))
    }),
  )
}

effectTest("without a daemon, stop says that the service is out of reach", () =>
  Effect.gen(function* () {
    const { layers } = yield* outOfReach
    const processes = Layer.mock(Processes, {
      run: () => Effect.succeed({ exitCode: 0, stdout: "ann\n", stderr: "" }),
    })
    const failure = yield* Effect.flip(stopDaemon).pipe(Effect.provide(Layer.provideMerge(processes, layers)))
    expect(failure._tag).toBe("SystemdUnreachable")
  }),
)

import { expect, test } from "bun:test"
import { procFiles } from "@kugetsu/core/system/procFiles"
import { psProcesses } from "@kugetsu/core/system/psProcesses"
import { Effect } from "effect"
import { effectTest } from "../../kit/effectTest.ts"

/** A shell with a child, both with a variable in their environment; ended with the scope. */
const family = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = Bun.spawn(["bash", "-c", "sleep 600 & echo up; wait"], {
      env: { PATH: process.env.PATH!, KUGETSU_PS: `one-${process.pid}` },
      stdio: ["ignore", "pipe", "ignore"],
    })
    await child.stdout.getReader().read()
    // each shows its environment once it has become the program it runs
    while (procFiles.carriersOf("KUGETSU_PS", `one-${process.pid}`).length < 2) await Bun.sleep(5)
    return child.pid
  }),
  (pid) =>
    Effect.sync(() => {
      for (const one of [...procFiles.below(pid), pid]) process.kill(one, "SIGKILL")
    }),
)

const name = "what ps says of processes is what the system's own files say"
// those of a tiny userland know none of these columns
const canAsk = Bun.spawnSync(["ps", "-A", "-o", "lstart="], { stderr: "ignore" }).exitCode === 0

if (process.platform !== "linux" || !canAsk) test.skip(`${name} (needs Linux and procps)`, () => undefined)
else {
  effectTest(name, () =>
    Effect.gen(function* () {
      const pid = yield* family
      const both = [procFiles, psProcesses] as const
      const [files, ps] = both.map((source) => ({
        children: source.childrenOf(pid),
        below: source.below(pid),
        parents: source.statesOf([pid, ...source.below(pid)]).map(({ parent, isRunning }) => [parent, isRunning]),
        carriers: [...source.carriersOf("KUGETSU_PS", `one-${process.pid}`)].sort((a, b) => a - b),
        others: source.carriersOf("KUGETSU_PS", "one-"),
        variable: source.variableOf(pid, "KUGETSU_PS"),
        unset: source.variableOf(pid, "KUGETSU_PS_NOT"),
      }))
      expect(ps).toEqual(files!)
      expect(ps!.carriers).toHaveLength(2)
    }),
  )

  effectTest("by ps, too, a process is itself by its start, and one that is gone is not there", () =>
    Effect.gen(function* () {
      const pid = yield* Effect.scoped(
        Effect.gen(function* () {
          const pid = yield* family
          const starts = [0, 1].map(() => psProcesses.statesOf([pid])[0]?.start)
          expect(starts[0]).toMatch(/^\w{3} \w{3} \d+ \d\d:\d\d:\d\d \d{4}$/)
          expect(starts[1]).toBe(starts[0])
          const used = psProcesses.statesOf([process.pid])[0]!.cpuMs
          const truly = procFiles.statesOf([process.pid])[0]!.cpuMs
          expect(Math.abs(truly - used)).toBeLessThan(5000)
          return pid
        }),
      )
      while (procFiles.statesOf([pid]).some(({ isRunning }) => isRunning)) yield* Effect.sleep(5)
      expect(psProcesses.statesOf([pid]).filter(({ isRunning }) => isRunning)).toEqual([])
    }),
  )
}

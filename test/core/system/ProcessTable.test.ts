import { expect } from "bun:test"
import { carriersOf, cpuBelow, descendantsOf, identityOf, isAlive, sweep } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../../kit/effectTest.ts"

/** Starts a shell that says a line when its own children are up. */
const started = (script: string, env: Record<string, string>) =>
  Effect.gen(function* () {
    const child = Bun.spawn(["bash", "-c", `${script}\necho up\nsleep 600`], {
      env: { PATH: process.env.PATH!, ...env },
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    })
    const reader = child.stdout.getReader()
    yield* Effect.promise(() => reader.read())
    return child
  })

const run = { name: "KUGETSU_RUN", value: `test-${process.pid}` }

effectTest("a sweep leaves nothing of a run alive: not a setsid child, not one that ignores TERM", () =>
  Effect.gen(function* () {
    const child = yield* started(`setsid sleep 600 & (trap "" TERM; sleep 600) & sleep 600 &`, {
      [run.name]: run.value,
    })
    // each shows its environment once it has become the program it runs
    while (carriersOf(run.name, run.value).length < 4) yield* Effect.sleep(5)
    expect(yield* sweep({ token: run, below: null, waitedFor: null, graceMs: 100 })).toEqual([])
    expect(carriersOf(run.name, run.value)).toEqual([])
    yield* Effect.promise(() => child.exited)
  }),
)

effectTest("a child that dropped its environment is found below its parent", () =>
  Effect.gen(function* () {
    const child = yield* started(`env -i setsid sleep 600 &`, { [run.name]: `${run.value}-below` })
    const below = descendantsOf(child.pid)
    expect(below.length).toBeGreaterThanOrEqual(1)
    yield* sweep({ token: { ...run, value: `${run.value}-below` }, below: child.pid, waitedFor: null, graceMs: 100 })
    expect(below.filter((pid) => identityOf(pid) !== null)).toEqual([])
  }),
)

effectTest("a process is itself only with its start time and boot", () =>
  Effect.gen(function* () {
    const child = yield* started("true", {})
    const identity = identityOf(child.pid)!
    expect(isAlive(identity)).toBe(true)
    expect(isAlive({ ...identity, start: "1" })).toBe(false)
    expect(isAlive({ ...identity, boot: "another" })).toBe(false)
    child.kill("SIGKILL")
    yield* Effect.promise(() => child.exited)
    expect(isAlive(identity)).toBe(false)
  }),
)

const compute = "for ((i = 0; i < 200000; i++)); do :; done"
const end = (child: { readonly pid: number; readonly exited: Promise<number> }) =>
  Effect.andThen(
    sweep({ token: { ...run, value: "none" }, below: child.pid, waitedFor: null, graceMs: 100 }),
    Effect.promise(() => {
      process.kill(child.pid, "SIGKILL")
      return child.exited
    }),
  )

effectTest("the CPU time of a child that was reaped counts once", () =>
  Effect.gen(function* () {
    const one = yield* started(`(${compute})`, {})
    const two = yield* started(`(${compute}); (${compute})`, {})
    expect(cpuBelow(one.pid)).toBeGreaterThan(50)
    expect(cpuBelow(two.pid) / cpuBelow(one.pid)).toBeLessThan(3)
    yield* end(one)
    yield* end(two)
    expect(cpuBelow(one.pid)).toBe(0)
  }),
)

effectTest("the CPU time of a child counts while it computes, and when it has ended and nobody waited for it", () =>
  Effect.gen(function* () {
    const child = yield* started(
      `bash -c '${compute}; echo "done" >&3; kill -STOP $$; ${compute}' 3>&1 & exec sleep 600`,
      {},
    )
    const running = cpuBelow(child.pid)
    expect(running).toBeGreaterThan(50)
    const [below] = descendantsOf(child.pid)
    // it stops itself a moment after its word
    while (!fs.readFileSync(`/proc/${below}/stat`, "latin1").includes(") T ")) yield* Effect.sleep(5)
    process.kill(below!, "SIGCONT")
    while (identityOf(below!) !== null) yield* Effect.sleep(5)
    const ended = cpuBelow(child.pid)
    expect(ended).toBeGreaterThan(running * 1.2)
    expect(ended).toBeLessThan(running * 4)
    yield* end(child)
  }),
)

import { expect } from "bun:test"
import { lockName, takeOver } from "@kugetsu/daemon/RunLocks"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld, release, tryAcquire } from "@kugetsu/core/system/Lock"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { runId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const request = runRequest(runId("locked"))

const setUp = Effect.gen(function* () {
  const layer = Runs.layer.pipe(Layer.provideMerge(KugetsuHome.at(yield* temporaryDirectory)))
  const home = yield* Effect.provide(KugetsuHome, layer)
  yield* Effect.provide(
    Effect.flatMap(Runs, (runs) => runs.create(request)),
    layer,
  )
  return { home, layer, issueLock: home.issueLock(yield* lockName(request.issue_ref)) }
})

const hold = (file: string) => Effect.map(tryAcquire(file), Option.getOrThrow)

/** A supervisor of its own that takes over, says what it got, frees its slot at the first word, and ends at the second. */
const supervisor = (root: string, descriptors: ReadonlyArray<number>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const program = path.join(import.meta.dirname, "takeOver.program.ts")
      const child = Bun.spawn([process.execPath, program, root, request.run], {
        stdio: ["pipe", "pipe", "inherit", ...descriptors],
      })
      const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
      let said = ""
      return {
        child,
        say: (word: string) => {
          void child.stdin.write(`${word}\n`)
          void child.stdin.flush()
        },
        hear: Effect.promise(async () => {
          while (!said.includes("\n")) said += (await lines.read()).value ?? "it ended\n"
          const line = said.slice(0, said.indexOf("\n"))
          said = said.slice(line.length + 1)
          return line
        }),
      }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL")),
  )

effectTest("a supervisor holds what its launcher handed down, alone, and gives the slot back before the issue", () =>
  Effect.gen(function* () {
    const { home, issueLock } = yield* setUp
    const [issue, slot] = [yield* hold(issueLock), yield* hold(home.slot(2))]
    const { child, hear, say } = yield* supervisor(home.root, [issue.descriptor, slot.descriptor])
    expect(yield* hear).toBe("3 descriptors")
    for (const lock of [issue, slot]) yield* release(lock)
    for (const file of [issueLock, home.slot(2), home.run(request.run).lock]) expect(yield* isHeld(file)).toBe(true)

    say("free")
    expect(yield* hear).toBe("free")
    expect([yield* isHeld(home.slot(2)), yield* isHeld(issueLock)]).toEqual([false, true])
    say("end")
    yield* Effect.promise(() => child.exited)
    for (const file of [issueLock, home.run(request.run).lock]) expect(yield* isHeld(file)).toBe(false)
  }),
)

effectTest("a supervisor that was handed another file's descriptor takes none of it over", () =>
  Effect.gen(function* () {
    const { home, issueLock } = yield* setUp
    for (const file of [issueLock, home.slot(1)]) yield* release(yield* hold(file))
    const [strange, other] = [yield* hold(home.lock("strange")), yield* hold(home.issueLock("another"))]
    const { hear } = yield* supervisor(home.root, [strange.descriptor, other.descriptor])
    // the issue's lock was free: it got that by itself
    expect(yield* hear).toBe("2 descriptors")
    expect([yield* isHeld(issueLock), yield* isHeld(home.slot(1))]).toEqual([true, false])
  }),
)

effectTest("a supervisor that was handed nothing does not take the issue from another run", () =>
  Effect.gen(function* () {
    const { home, issueLock } = yield* setUp
    yield* hold(issueLock)
    expect(yield* (yield* supervisor(home.root, [])).hear).toBe("IssueBusy 75")
  }),
)

effectTest("a run has one supervisor at a time", () =>
  Effect.gen(function* () {
    const { home, issueLock, layer } = yield* setUp
    yield* hold(home.run(request.run).lock)
    expect(yield* Effect.flip(Effect.provide(takeOver(request), layer))).toMatchObject({ _tag: "IssueBusy" })
    expect(fs.existsSync(issueLock)).toBe(true)
  }),
)

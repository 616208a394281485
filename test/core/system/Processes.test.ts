import { expect } from "bun:test"
import { Processes } from "@kugetsu/core/system/Processes"
import { Effect } from "effect"
import { effectTest, ProcessesLive } from "../../kit/effectTest.ts"

const shell = (script: string, timeoutMs = 30_000) =>
  Effect.flatMap(Processes, (processes) =>
    processes.run({ program: "sh", args: ["-c", script], cwd: "/", env: { PATH: process.env.PATH ?? "" }, timeoutMs }),
  ).pipe(Effect.provide(ProcessesLive))

effectTest("output, complaints and exit code of a program are told, whole", () =>
  Effect.gen(function* () {
    expect(yield* shell("printf 'ä\\n'; printf err >&2; exit 3")).toEqual({ exitCode: 3, stdout: "ä\n", stderr: "err" })
    const { stdout } = yield* shell("head -c 3000000 /dev/zero | tr '\\0' x")
    expect(stdout.length).toBe(3_000_000)
  }),
)

effectTest("a program that has ended is not waited for because a child it left holds its pipes open", () =>
  Effect.gen(function* () {
    const started = performance.now()
    // as an ssh that stays behind for the next connection
    const { exitCode, stderr, stdout } = yield* shell("setsid sleep 60 & echo said; echo $! >&2")
    process.kill(Number(stderr), "SIGKILL")
    expect([exitCode, stdout]).toEqual([0, "said\n"])
    expect(performance.now() - started).toBeLessThan(20_000)
  }),
)

effectTest("a program that does not end within its time is a failure that names both", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(shell("sleep 60", 100))
    expect(error.message).toBe("sh did not end within 0.1 s")
  }),
)

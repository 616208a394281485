import { Context, Effect, Layer, Option, Schema, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as fs from "node:fs"
import { ExitCode } from "../domain/Failure.ts"

/** A program that is not there, or that the system refuses to run. */
export class ProgramMissing extends Schema.TaggedError<ProgramMissing>()("ProgramMissing", {
  program: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.program} cannot be run: ${this.reason}`
  }
  get remedy() {
    return `Install ${this.program}, or check that it is on PATH.`
  }
}

/** A program that ran longer than it was given. Its process group was killed. */
export class ProgramTimedOut extends Schema.TaggedError<ProgramTimedOut>()("ProgramTimedOut", {
  program: Schema.String,
  seconds: Schema.Finite,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.program} did not end within ${this.seconds} s`
  }
  get remedy() {
    return "Try again; if it stays so, run the same by hand and look at what it waits for."
  }
}

export interface RunOptions {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Text for standard input; nothing by default. */
  readonly stdin?: string
  readonly timeoutMs: number
}

export interface RunResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface LaunchOptions {
  readonly argv: readonly [string, ...ReadonlyArray<string>]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Files: standard input is read from one, or is empty; output is appended, 0600. */
  readonly stdin: string | null
  readonly stdout: string
  readonly stderr: string
  /** Open descriptors the child gets as 3, 4, … */
  readonly descriptors: ReadonlyArray<number>
}

export interface Launched {
  readonly pid: number
  /** Waits for the end; `signal` by name when it was killed. */
  readonly exited: Effect.Effect<{ readonly code: number | null; readonly signal: string | null }>
}

/** The only place that starts processes. Arguments are lists, never shell text. */
export class Processes extends Context.Service<
  Processes,
  {
    /** Runs to the program's end and collects the output; a non-zero exit is a result, not an error. */
    readonly run: (options: RunOptions) => Effect.Effect<RunResult, ProgramMissing | ProgramTimedOut>
    /** Starts a process in a session of its own that outlives this one, with files for input and output. */
    readonly launch: (options: LaunchOptions) => Effect.Effect<Launched, ProgramMissing>
  }
>()("@kugetsu/core/system/Processes") {
  static readonly layer = Layer.effect(
    Processes,
    Effect.gen(function* () {
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner

      const run = Effect.fn("Processes.run")(function* (options: RunOptions) {
        const collect = Effect.gen(function* () {
          const handle = yield* spawner.spawn(
            ChildProcess.make(options.program, [...options.args], {
              cwd: options.cwd,
              env: withoutBunSwitches(options.env),
              stdin: options.stdin === undefined ? "ignore" : Stream.make(new TextEncoder().encode(options.stdin)),
              forceKillAfter: "2 seconds",
            }),
          )
          // killed by a signal: the spawner fails, a shell would say 128 + n
          const exited = Effect.orElseSucceed(handle.exitCode, () => 128)
          const [stdout, stderr] = [collector(handle.stdout), collector(handle.stderr)]
          const read = Effect.all([stdout.drain, stderr.drain], { concurrency: 2 })
          yield* Effect.raceFirst(read, Effect.andThen(exited, Effect.sleep(DRAIN_MS)))
          return { exitCode: Number(yield* exited), stdout: stdout.text(), stderr: stderr.text() }
        }).pipe(
          Effect.mapError((cause) => new ProgramMissing({ program: options.program, reason: cause.message })),
          Effect.timeoutOption(options.timeoutMs),
        )
        const result = yield* Effect.scoped(collect)
        if (Option.isSome(result)) return result.value
        return yield* new ProgramTimedOut({ program: options.program, seconds: options.timeoutMs / 1000 })
      })

      const launch = Effect.fn("Processes.launch")((options: LaunchOptions) =>
        Effect.try({
          try: () => spawnDetached(options),
          catch: (cause) => new ProgramMissing({ program: options.argv[0], reason: (cause as Error).message }),
        }),
      )

      return { run, launch }
    }),
  )
}

/**
 * Runs a program on this process's own terminal, in its own process group, and waits for its end. Who is interrupted
 * meanwhile ends it first.
 */
export const attach = (options: {
  readonly argv: readonly [string, ...ReadonlyArray<string>]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Open descriptors the child gets as 3, 4, … */
  readonly descriptors?: ReadonlyArray<number>
}): Effect.Effect<{ readonly code: number | null; readonly signal: string | null }, ProgramMissing> =>
  Effect.acquireUseRelease(
    Effect.try({
      try: () =>
        Bun.spawn([...options.argv], {
          cwd: options.cwd,
          env: withoutBunSwitches(options.env),
          stdio: ["inherit", "inherit", "inherit", ...(options.descriptors ?? [])],
        }),
      catch: (cause) => new ProgramMissing({ program: options.argv[0], reason: (cause as Error).message }),
    }),
    (child) =>
      Effect.promise(async () => {
        child.ref() // who waits for it must not end before it
        await child.exited
        return { code: child.exitCode, signal: child.signalCode === null ? null : String(child.signalCode) }
      }),
    (child) =>
      Effect.promise(async () => {
        child.kill("SIGTERM")
        const hard = setTimeout(() => child.kill("SIGKILL"), ATTACHED_GRACE_MS)
        await child.exited
        clearTimeout(hard)
      }),
  )

/** For a program on the terminal that is to end: it puts the terminal in order. */
const ATTACHED_GRACE_MS = 5000

/** For the pipes of a program that has ended: a child it left in the background may hold them open for ever. */
const DRAIN_MS = 1000

const collector = <E>(stream: Stream.Stream<Uint8Array, E>) => {
  const chunks: Array<Uint8Array> = []
  return {
    drain: Stream.runForEach(stream, (chunk) => Effect.sync(() => chunks.push(chunk))),
    /** What came so far. */
    text: () => new TextDecoder().decode(Buffer.concat(chunks)),
  }
}

const spawnDetached = (options: LaunchOptions): Launched => {
  const opened: Array<number> = []
  const file = (path: string, flags: string) => {
    const descriptor = fs.openSync(path, flags, 0o600)
    opened.push(descriptor)
    return descriptor
  }
  try {
    const child = Bun.spawn([...options.argv], {
      cwd: options.cwd,
      env: withoutBunSwitches(options.env),
      detached: true,
      stdio: [
        options.stdin === null ? "ignore" : file(options.stdin, "r"),
        file(options.stdout, "a"),
        file(options.stderr, "a"),
        ...options.descriptors,
      ],
    })
    child.unref()
    return {
      pid: child.pid,
      exited: Effect.promise(async () => {
        child.ref() // who waits for it must not end before it
        await child.exited
        return { code: child.exitCode, signal: child.signalCode === null ? null : String(child.signalCode) }
      }),
    }
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor)
  }
}

/** BUN_OPTIONS can preload code into, and BUN_BE_BUN turns off, any kugetsu or opencode executable. */
const withoutBunSwitches = (env: Readonly<Record<string, string>>): Record<string, string> => {
  const { BUN_BE_BUN: _be, BUN_OPTIONS: _options, ...rest } = env
  return rest
}

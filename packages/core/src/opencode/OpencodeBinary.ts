import { Effect, Schema } from "effect"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { Processes } from "../system/Processes.ts"

/** The version kugetsu is tested with. */
export const pinnedVersion = "1.18.33"

/** opencode changes within minor versions: from `first` on and before `end` its behaviour is known. */
export const knownGood = { first: pinnedVersion, end: "1.19.0" } as const

export const isKnownGood = (version: string): boolean =>
  Bun.semver.satisfies(version, `>=${knownGood.first} <${knownGood.end}`)

/** opencode is not there, or does not run. */
export class OpencodeMissing extends Schema.TaggedError<OpencodeMissing>()("OpencodeMissing", {
  program: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `opencode (${this.program}) cannot be run: ${this.reason}`
  }
  get remedy() {
    return `Install it with npm install -g opencode-ai@${pinnedVersion}, or set OPENCODE_BIN to its executable.`
  }
}

type Variables = Readonly<Record<string, string>>

/** The executable: `configured` by path or name, else `opencode`; names are looked up in the PATH of `env`. */
export const resolveOpencode = (configured: string | null, env: Variables): Effect.Effect<string, OpencodeMissing> => {
  const program = configured ?? "opencode"
  if (path.isAbsolute(program)) {
    return Bun.which(program) === null
      ? Effect.fail(new OpencodeMissing({ program, reason: "there is no such executable" }))
      : Effect.succeed(program)
  }
  const found = Bun.which(program, { PATH: env.PATH ?? "" })
  return found === null
    ? Effect.fail(new OpencodeMissing({ program, reason: `it is not on PATH (${env.PATH ?? "which is not set"})` }))
    : Effect.succeed(found)
}

export const opencodeVersion = Effect.fn("opencodeVersion")(function* (program: string, env: Variables) {
  const { run } = yield* Processes
  const { exitCode, stderr, stdout } = yield* run({
    program,
    args: ["--version"],
    cwd: "/",
    env,
    timeoutMs: 30_000,
  }).pipe(Effect.catchTag("ProgramMissing", ({ reason }) => Effect.fail(new OpencodeMissing({ program, reason }))))
  const version = /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0]
  if (exitCode === 0 && version !== undefined) return version
  const said = `${stdout}\n${stderr}`.trim().slice(0, 300) || "nothing"
  return yield* new OpencodeMissing({ program, reason: `--version ended with ${exitCode} and said: ${said}` })
})

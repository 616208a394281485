import { Effect, Option, Schedule, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { withConfig, type ConfigSetting, fixedArguments, gitEnvironment } from "./GitEnvironment.ts"
import { removeOrphanedLocks } from "./GitLocks.ts"
import { HostEnvironment } from "./HostEnvironment.ts"
import { Processes, type ProgramMissing, type ProgramTimedOut } from "./Processes.ts"
import { essence } from "./RemoteUnreachable.ts"

/** A git command that had no reason to fail, and did. */
export class GitFailed extends Schema.TaggedError<GitFailed>()("GitFailed", {
  operation: Schema.String,
  directory: Schema.String,
  exitCode: Schema.Int,
  /** git's own words, without secrets. */
  detail: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `git ${this.operation} failed in ${this.directory}: ${this.detail}`
  }
  get remedy() {
    return "Nothing of yours was changed by it. Mend what git complains of, and try again."
  }
}

export type GitError = GitFailed | ProgramMissing | ProgramTimedOut

/** Where a call happens. Nothing above the directory is ever taken for the repository. */
export type GitPlace =
  | { readonly repository: string }
  | { readonly worktree: string }
  /** Only the system's and the person's configuration count. */
  | "nowhere"

/** Long enough for a big repository over a slow line. */
export const transferMs = 30 * 60_000

export interface GitCall {
  readonly at: GitPlace
  readonly args: readonly [operation: string, ...ReadonlyArray<string>]
  readonly env?: Readonly<Record<string, string>>
  readonly config?: ReadonlyArray<ConfigSetting>
  /** Text for standard input; nothing by default. */
  readonly stdin?: string
  /** Exit codes that are answers; 0 always is. */
  readonly answers?: ReadonlyArray<number>
  /** One minute by default. */
  readonly timeoutMs?: number
}

export interface GitAnswer {
  readonly exitCode: number
  readonly stdout: string
}

/** Another git holds a lock for a moment, or a dead one left it. */
const isLocked = (error: { readonly _tag: string }): boolean =>
  error instanceof GitFailed &&
  /cannot lock ref|could not lock config file|unable to create '.*\.lock'/i.test(error.detail)

/** Runs git the one way kugetsu runs it, and again while another git holds a lock. */
export const gitRunner = Effect.gen(function* () {
  const processes = yield* Processes
  const host = gitEnvironment(yield* HostEnvironment)

  const once = Effect.fnUntraced(function* (call: GitCall): Effect.fn.Return<GitAnswer, GitError> {
    const directory = directoryOf(call.at)
    const failed = (exitCode: number, detail: string) =>
      new GitFailed({ operation: call.args[0], directory, exitCode, detail })
    const answer = yield* processes
      .run({
        program: "git",
        args: [...fixedArguments, ...gitDirectoryOf(call.at), ...call.args],
        cwd: directory,
        env: withConfig({ ...host, ...call.env, ...ceilingOf(call.at) }, call.config ?? []),
        timeoutMs: call.timeoutMs ?? 60_000,
        ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
      })
      .pipe(
        Effect.catchTag("ProgramMissing", (missing): Effect.Effect<never, GitError> =>
          Effect.fail(fs.existsSync(directory) ? missing : failed(-1, "the directory is not there")),
        ),
      )
    if (answer.exitCode !== 0 && !call.answers?.includes(answer.exitCode)) {
      return yield* failed(answer.exitCode, essence(answer.stderr))
    }
    return answer
  })

  return (call: GitCall): Effect.Effect<GitAnswer, GitError> => {
    const unlock = (error: GitError) => {
      const repository = sharedRepositoryOf(call.at)
      return isLocked(error) && repository !== null ? Effect.ignore(removeOrphanedLocks(repository)) : Effect.void
    }
    return once(call).pipe(
      Effect.tapError(unlock),
      Effect.retry({ while: isLocked, times: 11, schedule: Schedule.jittered(Schedule.exponential("10 millis", 1.7)) }),
    )
  }
})

const directoryOf = (at: GitPlace): string => (at === "nowhere" ? "/" : "worktree" in at ? at.worktree : at.repository)

const gitDirectoryOf = (at: GitPlace): ReadonlyArray<string> => {
  if (at === "nowhere") return ["--git-dir=/dev/null"]
  return "worktree" in at ? [] : [`--git-dir=${at.repository}`]
}

const ceilingOf = (at: GitPlace): Readonly<Record<string, string>> =>
  at !== "nowhere" && "worktree" in at ? { GIT_CEILING_DIRECTORIES: path.dirname(at.worktree) } : {}

const sharedRepositoryOf = (at: GitPlace): string | null => {
  if (at === "nowhere") return null
  if ("repository" in at) return at.repository
  return Option.getOrNull(Option.map(linkOf(at.worktree), (admin) => path.dirname(path.dirname(admin))))
}

/** The admin directory that a linked worktree's `.git` file names; None where it is no such file. */
export const linkOf = (worktree: string): Option.Option<string> => {
  try {
    const target = /^gitdir: (.+?)\n*$/s.exec(fs.readFileSync(path.join(worktree, ".git"), "utf8"))?.[1]
    return target === undefined ? Option.none() : Option.some(path.resolve(worktree, target))
  } catch {
    return Option.none()
  }
}

import { Effect, Schema } from "effect"
import * as path from "node:path"
import type { AgentPlace } from "../Agent.ts"
import { ExitCode } from "../domain/Failure.ts"
import { Settings } from "../Settings.ts"
import { realPath } from "../system/Files.ts"
import { userHome } from "../system/KugetsuHome.ts"
import { instructionsOf } from "./instructionsOf.ts"
import { resolveOpencode } from "./OpencodeBinary.ts"
import { type PermissionRule, permissionRules } from "./PermissionRules.ts"
import { readPersonConfiguration } from "./PersonConfiguration.ts"
import { turnConfiguration } from "./TurnConfiguration.ts"

/** A command of opencode that had no reason to fail, and did. */
export class OpencodeFailed extends Schema.TaggedError<OpencodeFailed>()("OpencodeFailed", {
  command: Schema.String,
  detail: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `opencode ${this.command} failed: ${this.detail}`
  }
  get remedy() {
    return "Nothing was started. Run opencode by hand and see whether it complains of the same."
  }
}

/** How opencode is called for one place. */
export interface OpencodeCall {
  readonly program: string
  /** Without symbolic links, as opencode stores it: a turn given another name of it would wait for ever. */
  readonly directory: string
  readonly permissions: ReadonlyArray<PermissionRule>
  /** A session sticks to the model of its last turn, so it is named wherever it is known. */
  readonly model: string | null
  readonly environment: (database: string, plugins?: ReadonlyArray<string>) => Readonly<Record<string, string>>
}

export const prepareCall = Effect.fn("OpencodeCall.prepare")(function* (place: AgentPlace) {
  const settings = yield* (yield* Settings).load
  const person = yield* readPersonConfiguration(place.env)
  const directory = yield* realPath(place.directory)
  const permissions = permissionRules({
    role: place.role,
    directories: [...new Set([place.env.TMPDIR ?? "/tmp", settings.tempDir, toolOutputOf(place.env)])],
    person: person.permissions,
  })
  const shell = place.shell ?? null
  const needs = { permissions, person, instructions: yield* instructionsOf(directory), shell }
  const { OPENCODE_PERMISSION: _, ...env } = place.env
  return {
    program: yield* resolveOpencode(settings.opencodeBin, place.env),
    directory,
    permissions,
    model: place.model ?? person.model,
    environment: (database, plugins = []) => ({
      ...env,
      ...(shell === null ? {} : { SHELL: shell }),
      PWD: directory, // goes before the real current directory
      OPENCODE_DB: database,
      OPENCODE_CONFIG_CONTENT: turnConfiguration({ ...needs, plugins }),
      OPENCODE_DISABLE_PROJECT_CONFIG: "1", // it may run any command at start
      OPENCODE_DISABLE_AUTOUPDATE: "1",
    }),
  } satisfies OpencodeCall
})

/** Where opencode keeps what its tools said at length. */
export const toolOutputOf = (env: Readonly<Record<string, string>>): string =>
  path.join(env.XDG_DATA_HOME || path.join(userHome(env), ".local", "share"), "opencode", "tool-output")

/** Where opencode puts packages. */
export const cacheOf = (env: Readonly<Record<string, string>>): string =>
  path.join(env.XDG_CACHE_HOME || path.join(userHome(env), ".cache"), "opencode")

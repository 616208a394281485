import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { type CloneUrl, hostOf, httpOrigin, readCloneUrl } from "./domain/CloneUrl.ts"
import type { ConfigInvalid } from "./domain/Config.ts"
import { ExitCode } from "./domain/Failure.ts"
import { findToken, mayCarryToken, variableToSet } from "./domain/ForgeToken.ts"
import type { ForgeType } from "./domain/ForgeType.ts"
import { quoteShellWord } from "./domain/ShellWord.ts"
import { EnvFiles } from "./EnvFiles.ts"
import { Servers } from "./Servers.ts"
import { Settings, SETTINGS_RUN } from "./Settings.ts"
import type { HomeUnusable } from "./system/Files.ts"
import { Git } from "./system/Git.ts"
import type { GitError } from "./system/GitCommand.ts"
import { type ConfigSetting, pick, withConfig } from "./system/GitEnvironment.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import type { RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { selfCommand } from "./system/Self.ts"

/** Nobody is named as the author of commits, so every commit of an agent would fail. */
export class IdentityMissing extends Schema.TaggedError<IdentityMissing>()("IdentityMissing", {}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return "git does not know who commits: neither user.name and user.email nor GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL are set"
  }
  get remedy() {
    return 'Run git config --global user.name "You" and git config --global user.email you@example.org, or set GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL in the config file.'
  }
}

export interface CredentialRequest {
  readonly protocol: string
  /** With a port where the address has one. */
  readonly host: string
  readonly path: string | null
}

/** The command that answers git's credential protocol; git adds `get`, `store` or `erase`. */
export const CredentialHelper = Context.Reference<ReadonlyArray<string>>("@kugetsu/core/GitAccess/CredentialHelper", {
  defaultValue: () => [...selfCommand(), "git-credential"],
})

type LookupError = ConfigInvalid | RecordUnreadable | HomeUnusable

/** How kugetsu's git and the agents' git reach a remote, and in whose name they commit. */
export class GitAccess extends Context.Service<
  GitAccess,
  {
    /**
     * Environment variables that let git reach exactly this remote without a terminal: for https, where there is a token
     * for its host, a `git-credential` helper bound to its origin; for ssh BatchMode and accept-new. No secret is in any
     * setting or command; only a token that this process itself was given in a variable is handed on in it, for the
     * helper to find.
     */
    readonly environment: (cloneUrl: string) => Effect.Effect<Readonly<Record<string, string>>, LookupError | GitError>
    /** The answer of `kugetsu git-credential get`; null: no token for that host. */
    readonly credential: (
      request: CredentialRequest,
    ) => Effect.Effect<{ readonly username: string; readonly password: string } | null, LookupError>
    /** The variable that has the token for this remote, or should have it; null where no token helps. */
    readonly tokenVariable: (cloneUrl: string) => Effect.Effect<string | null, LookupError>
    /** GIT_AUTHOR_* and GIT_COMMITTER_* where git itself has no name; empty where it has. */
    readonly identity: Effect.Effect<Readonly<Record<string, string>>, IdentityMissing | LookupError | GitError>
  }
>()("@kugetsu/core/GitAccess") {
  static readonly layer = Layer.effect(
    GitAccess,
    Effect.gen(function* () {
      const git = yield* Git
      const home = yield* KugetsuHome
      const servers = yield* Servers
      const envFiles = yield* EnvFiles
      const settings = yield* Settings
      const host = yield* HostEnvironment
      const helper = yield* CredentialHelper

      /** Whose the address is, and the token for it, where there is one that may be sent there. */
      const login = Effect.fnUntraced(function* (url: CloneUrl) {
        const { type, ca } = yield* servers.forInstance(hostOf(url))
        const owner = { instance: hostOf(url), type }
        const files = yield* envFiles.forAgent("dev")
        return { owner, ca, found: mayCarryToken(url) ? findToken(owner, { files, environment: host }) : null }
      })

      const environment = Effect.fn("GitAccess.environment")(function* (cloneUrl: string) {
        const url = readCloneUrl(cloneUrl)
        const origin = httpOrigin(url)
        const env = {
          ...pick(host, ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSH_VARIANT"]),
          ...pick(host, [SETTINGS_RUN]),
          KUGETSU_DIR: home.root,
          GIT_TERMINAL_PROMPT: "0",
          GIT_ASKPASS: "",
          GIT_SSH_COMMAND: sshCommand(host, yield* git.personalConfig),
        }
        if (origin === null) return env
        const { ca, found } = yield* login(url)
        const config: Array<ConfigSetting> = []
        if (ca !== null) config.push([`http.${origin}.sslCAInfo`, ca])
        // the empty value drops the person's helpers for this origin: one of them might store the token
        if (found !== null) {
          config.push([`credential.${origin}.helper`, ""], [`credential.${origin}.helper`, helperCommand(helper)])
        }
        const inherited = found?.from === "environment" ? pick(host, [found.variable]) : {}
        return withConfig({ ...env, ...inherited }, config)
      })

      const credential = Effect.fn("GitAccess.credential")(function* (request: CredentialRequest) {
        const url = readCloneUrl(`${request.protocol}://${request.host}`)
        if (!mayCarryToken(url)) return null
        const { found, owner } = yield* login(url)
        if (found === null || found.token === null) return null
        return { username: userNameFor(owner.type), password: Redacted.value(found.token) }
      })

      const tokenVariable = Effect.fn("GitAccess.tokenVariable")(function* (cloneUrl: string) {
        const url = readCloneUrl(cloneUrl)
        if (!mayCarryToken(url)) return null
        const { found, owner } = yield* login(url)
        return found?.variable ?? variableToSet(owner)
      })

      const identity = Effect.gen(function* () {
        const own = yield* git.personalConfig
        if (own.get("user.name") && own.get("user.email")) return {}
        const { gitAuthorName, gitAuthorEmail } = yield* settings.load
        const files = yield* envFiles.forAgent("dev")
        const name = files.GIT_AUTHOR_NAME || own.get("user.name") || gitAuthorName
        const email = files.GIT_AUTHOR_EMAIL || own.get("user.email") || gitAuthorEmail
        if (!name || !email) return yield* new IdentityMissing()
        return {
          GIT_AUTHOR_NAME: name,
          GIT_AUTHOR_EMAIL: email,
          GIT_COMMITTER_NAME: files.GIT_COMMITTER_NAME || name,
          GIT_COMMITTER_EMAIL: files.GIT_COMMITTER_EMAIL || email,
        }
      }).pipe(Effect.withSpan("GitAccess.identity"))

      return { environment, credential, tokenVariable, identity }
    }),
  )
}

const userNameFor = (type: ForgeType | null): string =>
  type === "github" ? "x-access-token" : type === "gitlab" ? "oauth2" : "kugetsu"

/** A shell snippet for git; from `/`, since what runs in development reads files of the directory it starts in. */
const helperCommand = (command: ReadonlyArray<string>): string =>
  `!cd / && ${command.map((word) => quoteShellWord(word)).join(" ")}`

/** The person's own ssh command, made to fail rather than ask. What they set themselves wins: ssh takes the first. */
const sshCommand = (
  host: Readonly<Record<string, string | undefined>>,
  personal: ReadonlyMap<string, string>,
): string => {
  const own =
    host.GIT_SSH_COMMAND || personal.get("core.sshcommand") || (host.GIT_SSH ? quoteShellWord(host.GIT_SSH) : "ssh")
  const variant = host.GIT_SSH_VARIANT || personal.get("ssh.variant") || "ssh"
  return variant === "ssh" || variant === "auto" ? `${own} -o BatchMode=yes -o StrictHostKeyChecking=accept-new` : own
}

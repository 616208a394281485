import { Context, Effect, Layer } from "effect"
import { ConfigInvalid } from "./domain/Config.ts"
import type { Failure } from "./domain/Failure.ts"
import type { AgentName } from "./domain/Run.ts"
import { isMasked } from "./domain/Secret.ts"
import { EnvFiles } from "./EnvFiles.ts"
import { GitAccess } from "./GitAccess.ts"
import { readPersonConfiguration } from "./opencode/PersonConfiguration.ts"
import { pick } from "./system/GitEnvironment.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { KugetsuHome, userHome } from "./system/KugetsuHome.ts"

type Variables = Readonly<Record<string, string>>

/** What of this process's environment every agent gets. Toolchains and tokens come from env files. */
const passed = new RegExp(
  `^(?:${[
    "PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LC_\\w+|XDG_\\w+",
    "SSH_AUTH_SOCK|DBUS_SESSION_BUS_ADDRESS|KRB5CCNAME",
    "(?:https?|all|no|ftp)_proxy|(?:HTTPS?|ALL|NO|FTP)_PROXY",
    "SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE",
    "GIT_SSL_CAINFO|GIT_SSL_CAPATH|GIT_PROXY_SSL_CAINFO",
    "GIT_CONFIG_GLOBAL|GIT_CONFIG_NOSYSTEM|GIT_CONFIG_SYSTEM",
    "OPENCODE_CONFIG|OPENCODE_CONFIG_DIR|OPENCODE_DISABLE_\\w+|OPENCODE_EXPERIMENTAL_\\w+",
  ].join("|")})$`,
)

/** What would lead git elsewhere, run code in a Bun program, or undo the engine's own settings. */
const dropped = new RegExp(
  `^(?:${[
    "GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX)",
    "BUN_\\w+|OPENCODE_(?:PERMISSION|DB|CONFIG_CONTENT|PURE)",
  ].join("|")})$`,
)

const select = (
  variables: Readonly<Record<string, string | undefined>>,
  wanted: (name: string) => boolean,
): Variables => pick(variables, Object.keys(variables).filter(wanted))

const maskedInEnvironment = (key: string) =>
  new ConfigInvalid({
    where: "the environment",
    key,
    reason: "this is the masked text, not the value",
    allowed: `Run: kugetsu env set ${key} -`,
  })

/** What an agent's processes see: an allow-list of this process's variables, the env files, git access, identity. */
export class AgentEnvironment extends Context.Service<
  AgentEnvironment,
  {
    readonly build: (options: {
      readonly agent: AgentName
      readonly directory: string
      /** null: nothing to fetch or push (the PM, `init`'s probe). */
      readonly cloneUrl: string | null
      /** The run's token, by which every process of it is found; null outside a run. */
      readonly run: string | null
      /** The private temporary directory. */
      readonly tmp: string
    }) => Effect.Effect<Variables, Failure>
  }
>()("@kugetsu/core/AgentEnvironment") {
  static readonly layer = Layer.effect(
    AgentEnvironment,
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const host = yield* HostEnvironment
      const envFiles = yield* EnvFiles
      const access = yield* GitAccess

      return {
        build: Effect.fn("AgentEnvironment.build")(function* ({ agent, cloneUrl, directory, run, tmp }) {
          const files = yield* envFiles.forAgent(agent)
          const given = { ...select(host, (name) => passed.test(name)), ...files }
          // cron and the like start programs without one, or with an empty one
          const base = { ...given, HOME: userHome(given) }
          // keys and the like that the person's own opencode configuration refers to
          const { variables } = yield* readPersonConfiguration(base)
          const named = pick(
            host,
            [...variables].filter((name) => !(name in base)),
          )
          for (const [key, value] of Object.entries(named)) if (isMasked(value)) return yield* maskedInEnvironment(key)
          const git = cloneUrl === null ? {} : { ...(yield* access.environment(cloneUrl)), ...(yield* access.identity) }
          const chosen = { ...named, ...base, ...git }
          return {
            ...select(chosen, (name) => !dropped.test(name)),
            GIT_TERMINAL_PROMPT: "0",
            GIT_EDITOR: "true",
            GIT_PAGER: "cat",
            PAGER: "cat",
            TERM: "dumb",
            OPENCODE_DISABLE_AUTOUPDATE: "1",
            OPENCODE_DISABLE_PROJECT_CONFIG: "1",
            KUGETSU_DIR: home.root,
            ...(run === null ? {} : { KUGETSU_RUN: run }),
            TMPDIR: tmp,
            PWD: directory,
          }
        }),
      }
    }),
  )
}

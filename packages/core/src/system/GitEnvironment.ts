import { userHome } from "./KugetsuHome.ts"

/** What git may see of this process's environment. GIT_DIR, GIT_TRACE, GIT_CONFIG_* and whatever else is not here. */
const passed = [
  ["PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR"],
  ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"],
  ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSH_VARIANT"],
  ["SSH_AUTH_SOCK", "KRB5CCNAME"],
  ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_PROXY_SSL_CAINFO"],
  ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
].flat()

type Variables = Readonly<Record<string, string>>

/** The variables of that name that are set. */
export const pick = (host: Readonly<Record<string, string | undefined>>, names: ReadonlyArray<string>): Variables =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = host[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** The environment of every git that kugetsu runs for itself: no terminal, no editor, no pager, messages in English. */
export const gitEnvironment = (host: Readonly<Record<string, string | undefined>>): Variables => ({
  ...pick(host, passed),
  HOME: userHome(host),
  LC_ALL: "C",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  GIT_PAGER: "cat",
})

export type ConfigSetting = readonly [key: string, value: string]

/** The environment with more git settings, which win over every file and over those it has. */
export const withConfig = (env: Variables, settings: ReadonlyArray<ConfigSetting>): Variables => {
  const first = Number(env.GIT_CONFIG_COUNT ?? 0)
  return settings.length === 0
    ? env
    : {
        ...env,
        GIT_CONFIG_COUNT: String(first + settings.length),
        ...Object.fromEntries(
          settings.flatMap(([key, value], i) => [
            [`GIT_CONFIG_KEY_${first + i}`, key],
            [`GIT_CONFIG_VALUE_${first + i}`, value],
          ]),
        ),
      }
}

/** Said in every call: nothing of a repository runs by itself. */
export const fixedArguments: ReadonlyArray<string> = [
  "--no-pager",
  ...[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "log.showSignature=false",
    "submodule.recurse=false",
    "advice.detachedHead=false",
  ].flatMap((setting) => ["-c", setting]),
]

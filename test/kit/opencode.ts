import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"

/**
 * The pinned opencode: the binary of the platform's own package, which is there with or without npm's install scripts.
 */
export const opencodeBinary = (): string => {
  const manifest = createRequire(path.join(import.meta.dirname, "../../package.json")).resolve(
    "opencode-ai/package.json",
  )
  const { resolve } = createRequire(fs.realpathSync(manifest))
  const plain = `opencode-${process.platform}-${process.arch}`
  const candidates = hasAvx2() ? [plain, `${plain}-baseline`] : [`${plain}-baseline`]
  for (const name of [...candidates, `${plain}-musl`]) {
    try {
      return path.join(path.dirname(resolve(`${name}/package.json`)), "bin", "opencode")
    } catch {
      // not the package of this machine
    }
  }
  return path.join(path.dirname(manifest), "bin", "opencode.exe")
}

const hasAvx2 = (): boolean =>
  process.platform !== "linux" || process.arch !== "x64" || / avx2( |$)/m.test(fs.readFileSync("/proc/cpuinfo", "utf8"))

export interface PersonOptions {
  /** Of a scripted model. */
  readonly baseURL: string
  /** As it stands in the configuration; null: no key there. */
  readonly apiKey?: string | null
  /** Laid over the provider's part of the configuration. */
  readonly provider?: Readonly<Record<string, unknown>>
  /** Laid over the configuration. */
  readonly config?: Readonly<Record<string, unknown>>
}

/**
 * The home of a person who has a name in git and whose opencode uses a scripted model, and the environment they would
 * start kugetsu in. Nothing in it reaches beyond loopback or outside `home`.
 */
export const personWithOpencode = (home: string, options: PersonOptions): Record<string, string> => {
  const directory = path.join(home, ".config", "opencode")
  // a finished installation of the plugin package, or opencode's own npm would begin one
  const dependencies = { "@opencode-ai/plugin": "1.18.33" }
  fs.mkdirSync(path.join(directory, "node_modules"), { recursive: true })
  writeJson(path.join(directory, "package.json"), { dependencies })
  writeJson(path.join(directory, "package-lock.json"), { lockfileVersion: 3, packages: { "": { dependencies } } })
  writeJson(path.join(directory, "opencode.json"), {
    $schema: "https://opencode.ai/config.json",
    model: "scripted/one",
    small_model: "scripted/one",
    enabled_providers: ["scripted"],
    provider: {
      scripted: {
        npm: "@ai-sdk/openai-compatible",
        name: "Scripted",
        options: { baseURL: options.baseURL, ...(options.apiKey === null ? {} : { apiKey: options.apiKey ?? "key" }) },
        models: { one: scriptedModelEntry, two: scriptedModelEntry },
        ...options.provider,
      },
    },
    ...options.config,
  })
  const gitConfig = path.join(home, ".gitconfig")
  if (!fs.existsSync(gitConfig)) fs.writeFileSync(gitConfig, "[user]\n\tname = Ann\n\temail = ann@example.org\n")
  return {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    HOME: home,
    LANG: "C.UTF-8",
    GIT_CONFIG_GLOBAL: gitConfig,
    GIT_CONFIG_NOSYSTEM: "1",
    OPENCODE_BIN: opencodeBinary(),
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_CLAUDE_CODE: "1",
    OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
    OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER: "true",
  }
}

const scriptedModelEntry = { tool_call: true, limit: { context: 1_000_000, output: 32_000 } }

/** What `opencode auth login` leaves behind. */
export const logIn = (home: string, provider: string, key: string): void => {
  const directory = path.join(home, ".local", "share", "opencode")
  fs.mkdirSync(directory, { recursive: true })
  writeJson(path.join(directory, "auth.json"), { [provider]: { type: "api", key } })
}

const writeJson = (file: string, value: unknown): void =>
  fs.writeFileSync(file, JSON.stringify(value, null, 2), { mode: 0o600 })

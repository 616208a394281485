import { expect } from "bun:test"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { GitAccess } from "@kugetsu/core/GitAccess"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const access = Layer.succeed(GitAccess, {
  environment: (url) => Effect.succeed({ GIT_CONFIG_COUNT: "1", REMOTE: url, PATH_OF_FILE: "git's" }),
  credential: () => Effect.succeed(null),
  tokenVariable: () => Effect.succeed(null),
  identity: Effect.succeed({ GIT_AUTHOR_NAME: "Ann" }),
})

const build = Effect.fnUntraced(function* (
  host: Readonly<Record<string, string>>,
  options: { readonly files?: Readonly<Record<string, string>>; readonly cloneUrl?: string | null } = {},
) {
  const root = yield* temporaryDirectory
  const layers = AgentEnvironment.layer.pipe(
    Layer.provideMerge(EnvFiles.layer),
    Layer.provide(Layer.mergeAll(access, KugetsuHome.at(root), Layer.succeed(HostEnvironment, host))),
  )
  return yield* Effect.gen(function* () {
    const files = yield* EnvFiles
    for (const [key, value] of Object.entries(options.files ?? {})) yield* files.set("dev", key, value)
    const env = yield* (yield* AgentEnvironment).build({
      agent: "dev",
      directory: "/the/worktree",
      cloneUrl: options.cloneUrl ?? null,
      run: "r_1",
      tmp: "/the/tmp",
    })
    return { env, root }
  }).pipe(Effect.provide(layers))
})

effectTest("an agent has a home directory, also when this process was given none", () =>
  Effect.gen(function* () {
    for (const host of [{}, { HOME: "" }]) expect((yield* build(host)).env.HOME).toBe(os.homedir())
    expect((yield* build({ HOME: "/own" })).env.HOME).toBe("/own")
    expect((yield* build({ HOME: "/own" }, { files: { HOME: "/files" } })).env.HOME).toBe("/files")
  }),
)

effectTest("what is on the list comes through, and nothing else of this process does", () =>
  Effect.gen(function* () {
    const wanted = {
      PATH: "/bin",
      HOME: "/nowhere",
      USER: "u",
      LOGNAME: "u",
      SHELL: "/bin/sh",
      LANG: "C.UTF-8",
      LC_ALL: "C",
      TZ: "UTC",
      XDG_DATA_HOME: "/data",
      SSH_AUTH_SOCK: "/sock",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/bus",
      https_proxy: "http://p",
      HTTPS_PROXY: "http://P",
      NO_PROXY: "localhost",
      SSL_CERT_FILE: "/ca",
      NODE_EXTRA_CA_CERTS: "/ca2",
      GIT_SSL_CAINFO: "/ca3",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      OPENCODE_CONFIG_DIR: "/oc",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_EXPERIMENTAL_X: "1",
    }
    const unwanted = {
      ANTHROPIC_API_KEY: "k",
      OPENAI_API_KEY: "k",
      GITHUB_TOKEN: "t",
      GIT_DIR: "/evil",
      GIT_CONFIG_COUNT: "1",
      GIT_SSH_COMMAND: "ssh",
      OPENCODE_PERMISSION: "{}",
      OPENCODE_DB: "/theirs",
      OPENCODE_CONFIG_CONTENT: "{}",
      BUN_OPTIONS: "--preload x",
      LD_PRELOAD: "x.so",
      NODE_OPTIONS: "x",
      MY_PATH: "x",
      KUGETSU_MODEL: "m",
    }
    const { env, root } = yield* build({ ...wanted, ...unwanted })
    expect(env).toEqual({
      ...wanted,
      GIT_TERMINAL_PROMPT: "0",
      GIT_EDITOR: "true",
      GIT_PAGER: "cat",
      PAGER: "cat",
      TERM: "dumb",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_PROJECT_CONFIG: "1",
      KUGETSU_DIR: root,
      KUGETSU_RUN: "r_1",
      TMPDIR: "/the/tmp",
      PWD: "/the/worktree",
    })
  }),
)

effectTest("env files win over this process, git access over both, and the run's own over all", () =>
  Effect.gen(function* () {
    const { env } = yield* build(
      { PATH: "/host", HOME: "/nowhere", LANG: "C" },
      {
        cloneUrl: "https://example.org/o/r.git",
        files: { PATH: "/file", ANTHROPIC_API_KEY: "from the file", PATH_OF_FILE: "x", TMPDIR: "/x", PWD: "/x" },
      },
    )
    expect(env).toMatchObject({
      PATH: "/file",
      LANG: "C",
      ANTHROPIC_API_KEY: "from the file",
      PATH_OF_FILE: "git's",
      REMOTE: "https://example.org/o/r.git",
      GIT_AUTHOR_NAME: "Ann",
      TMPDIR: "/the/tmp",
      PWD: "/the/worktree",
    })
  }),
)

effectTest("no file can lead git or the engine elsewhere", () =>
  Effect.gen(function* () {
    const git = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]
    const names = [...git, "OPENCODE_DB", "OPENCODE_PERMISSION", "OPENCODE_PURE", "BUN_OPTIONS"]
    const { env } = yield* build({ HOME: "/nowhere" }, { files: Object.fromEntries(names.map((name) => [name, "x"])) })
    for (const name of names) expect(env).not.toHaveProperty(name)
  }),
)

effectTest("without a remote nobody is asked for access or a name", () =>
  Effect.gen(function* () {
    const { env } = yield* build({ HOME: "/nowhere" })
    expect(env).not.toHaveProperty("REMOTE")
    expect(env).not.toHaveProperty("GIT_AUTHOR_NAME")
  }),
)

effectTest("what the person's opencode configuration names is passed, also when an env file says where it is", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const config = path.join(home, "c", "opencode")
    fs.mkdirSync(config, { recursive: true })
    fs.writeFileSync(path.join(config, "opencode.json"), '{"provider":{"p":{"options":{"apiKey":"{env:P_KEY}"}}}}')
    const host = { HOME: "/nowhere", P_KEY: "named", Q_KEY: "not named", GIT_DIR: "/evil" }
    expect((yield* build(host)).env).not.toHaveProperty("P_KEY")
    const { env } = yield* build(host, { files: { XDG_CONFIG_HOME: path.join(home, "c") } })
    expect(env.P_KEY).toBe("named")
    expect(env).not.toHaveProperty("Q_KEY")
    const masked = { ...host, P_KEY: "***", Q_KEY: "***" }
    const files = { XDG_CONFIG_HOME: path.join(home, "c") }
    expect(yield* Effect.flip(build(masked, { files }))).toMatchObject({ _tag: "ConfigInvalid", key: "P_KEY" })
    expect((yield* build(masked, { files: { ...files, P_KEY: "given" } })).env.P_KEY).toBe("given")
  }),
)

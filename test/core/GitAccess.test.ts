import { expect, test } from "bun:test"
import { parseCredentialRequest, gitCredential } from "@kugetsu/cli/gitCredential"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { GitAccess } from "@kugetsu/core/GitAccess"
import { runSettingsOf } from "@kugetsu/core/domain/RunSettings"
import { Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { GitBox } from "../kit/git.ts"
import { gitHttpServer } from "../kit/gitHttpServer.ts"
import { gitLayers } from "../kit/gitLayers.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"
import { runId, runRequest } from "../kit/records.ts"
import { sshd, sshServer } from "../kit/sshServer.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const token = "s3cret-t0ken-of-ann"
/** The real command, as git starts it. */
const helper = [...kugetsuCommand, "git-credential"]

const ref = new IssueRef({ instance: "example.org", owner: "ann", repository: "repo", identifier: "1" })

const setUp = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, "-hömé 'of' it")
  fs.mkdirSync(path.join(root, "env"), { recursive: true })
  const env: Record<string, string> = { ...box.env }
  for (const name of Object.keys(env)) if (/^GIT_(AUTHOR|COMMITTER)/.test(name)) delete env[name]
  const provide = <A, E>(effect: Effect.Effect<A, E, Layer.Success<ReturnType<typeof gitLayers>>>) =>
    Effect.provide(effect, gitLayers({ root, env, helper }))
  return {
    box,
    root,
    env,
    useRemote: (url: string) =>
      fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify({ "example.org/ann/repo": url })),
    setEnvFile: (name: string, values: Readonly<Record<string, string>>) =>
      fs.writeFileSync(
        path.join(root, "env", `${name}.env`),
        Object.entries(values)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(""),
      ),
    useServers: (servers: ReadonlyArray<unknown>) =>
      fs.writeFileSync(path.join(root, "servers.json"), JSON.stringify({ version: 1, servers })),
    ensure: provide(Effect.flatMap(Worktrees, (worktrees) => worktrees.ensure(ref, { path: null, branch: null }))),
    environment: (url: string) => provide(Effect.flatMap(GitAccess, (access) => access.environment(url))),
    credential: (protocol: string, host: string) =>
      provide(Effect.flatMap(GitAccess, (access) => access.credential({ protocol, host, path: null }))),
    answer: (operation: string, input: string) => provide(gitCredential(operation, input)),
    identity: provide(Effect.flatMap(GitAccess, (access) => access.identity)),
  }
})

/** As an agent works: its own git, with what `environment` gives. */
const commitAndPush = Effect.fnUntraced(function* (
  box: GitBox,
  worktree: string,
  access: Readonly<Record<string, string>>,
) {
  fs.writeFileSync(path.join(worktree, "work.txt"), "work")
  const head = box.commitAll(worktree, "work")
  const push = Bun.spawn(["git", "push", "origin", "HEAD"], {
    cwd: worktree,
    env: { ...box.env, ...access },
    stdout: "ignore",
    stderr: "pipe",
  })
  const [exitCode, stderr] = yield* Effect.promise(() => Promise.all([push.exited, new Response(push.stderr).text()]))
  return { head, exitCode, stderr }
})

effectTest("a private repository is cloned, fetched and pushed to over HTTP with the token of an env file alone", () =>
  Effect.gen(function* () {
    const { box, setEnvFile, useRemote, ensure, environment } = yield* setUp
    const remote = box.remote("private.git")
    const server = yield* gitHttpServer({ root: box.dir, token })
    const url = `${server.url}/private.git`
    useRemote(url)
    // a helper of the person that would keep every login it hears of
    const store = path.join(box.dir, "stored-logins")
    box.run(box.dir, "config", "--global", "credential.helper", `store --file='${store}'`)
    setEnvFile("default", { [`KUGETSU_TOKEN_127_0_0_1`]: token })

    const worktree = yield* ensure
    const access = yield* environment(url)
    expect(JSON.stringify(access)).not.toContain(token)
    const pushed = yield* commitAndPush(box, worktree.path, access)
    expect(pushed).toMatchObject({ exitCode: 0 })
    expect(box.run(remote, "rev-parse", "fix/issue-1")).toBe(pushed.head)
    box.commit(remote, "main", { "later.txt": "x" })
    expect((yield* ensure).head).toBe(pushed.head)

    const served = server.requests.filter(({ status }) => status === 200)
    expect(served.map(({ url }) => url).join(" ")).toMatch(/git-upload-pack.*git-receive-pack/)
    expect(new Set(served.map(({ username }) => username))).toEqual(new Set(["kugetsu"]))
    expect(fs.existsSync(store)).toBe(false)
    expect([...server.commandLines].some((line) => line.includes("remote-http"))).toBe(true)
    expect([...server.commandLines].filter((line) => line.includes(token))).toEqual([])
    const kept = Bun.spawnSync(["grep", "-rlF", token, box.dir]).stdout.toString().trim().split("\n")
    expect(kept.map((file) => path.basename(file))).toEqual(["default.env"])
  }),
)

effectTest("a wrong or missing token is exit 69 with the command that stores one, before anything is made", () =>
  Effect.gen(function* () {
    const { box, root, setEnvFile, useRemote, useServers, ensure } = yield* setUp
    box.remote("private.git")
    const server = yield* gitHttpServer({ root: box.dir, token })
    useRemote(`${server.url}/private.git`)
    const missing = yield* Effect.flip(ensure)
    expect(missing).toMatchObject({ _tag: "RemoteUnreachable", code: 69, reason: "authentication" })
    const variable = `KUGETSU_TOKEN_${server.host.replace(/\W/g, "_")}`
    expect(missing.remedy).toContain(`kugetsu env set ${variable} -`)

    const wrong = "ghp_wrongwrongwrongwrong1234"
    setEnvFile("default", { GITEA_TOKEN: wrong })
    useServers([{ name: "local", url: server.url, type: "gitea" }])
    const refused = yield* Effect.flip(ensure)
    expect(refused).toMatchObject({ _tag: "RemoteUnreachable", code: 69, reason: "authentication" })
    expect(refused.remedy).toContain("kugetsu env set GITEA_TOKEN -")
    expect(JSON.stringify(refused) + refused.message + refused.remedy).not.toContain(wrong)
    expect(server.requests.some(({ username }) => username === "kugetsu")).toBe(true)
    expect(fs.readdirSync(root).sort()).toEqual(["env", "repos.json", "servers.json"])
  }),
)

effectTest("a repository that the server does not have is told as such", () =>
  Effect.gen(function* () {
    const { box, setEnvFile, useRemote, ensure } = yield* setUp
    const server = yield* gitHttpServer({ root: box.dir, token })
    setEnvFile("default", { KUGETSU_TOKEN_127_0_0_1: token })
    useRemote(`${server.url}/none.git`)
    expect(yield* Effect.flip(ensure)).toMatchObject({ _tag: "RemoteUnreachable", code: 69, reason: "not_found" })
    useRemote("http://127.0.0.1:1/none.git")
    const closed = yield* Effect.flip(ensure)
    expect(closed).toMatchObject({ _tag: "RemoteUnreachable", code: 69, reason: "host" })
  }),
)

effectTest("without a token the person's own credential helper logs in", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    box.remote("private.git")
    const server = yield* gitHttpServer({ root: box.dir, token })
    useRemote(`${server.url}/private.git`)
    box.run(box.dir, "config", "--global", "credential.helper", `!echo username=ann; echo password=${token};:`)
    expect((yield* ensure).branch).toBe("fix/issue-1")
    expect(server.requests.at(-1)?.username).toBe("ann")
  }),
)

effectTest("a token that only this process was given reaches the helper in its environment", () =>
  Effect.gen(function* () {
    const { box, env, useRemote, ensure, environment } = yield* setUp
    box.remote("private.git")
    const server = yield* gitHttpServer({ root: box.dir, token })
    const url = `${server.url}/private.git`
    useRemote(url)
    env.KUGETSU_TOKEN_127_0_0_1 = token
    const worktree = yield* ensure
    const access = yield* environment(url)
    const settings = Object.entries(access).filter(([name]) => name.startsWith("GIT_"))
    expect(JSON.stringify(settings)).not.toContain(token)
    expect((yield* commitAndPush(box, worktree.path, access)).exitCode).toBe(0)
    expect([...server.commandLines].filter((line) => line.includes(token))).toEqual([])
  }),
)

effectTest("each host gets its own token, and no token goes to a host it is not for, or in the clear", () =>
  Effect.gen(function* () {
    const { env, setEnvFile, useServers, credential } = yield* setUp
    setEnvFile("default", { GITHUB_TOKEN: "hub" })
    setEnvFile("dev", {
      GITLAB_TOKEN: "lab",
      KUGETSU_TOKEN_GIT_LOCAL_3000: "with-port",
      KUGETSU_TOKEN_GIT_LOCAL: "host",
    })
    setEnvFile("pm-agent", { GITEA_TOKEN: "tea" })
    useServers([{ name: "work", url: "https://git.work.example/sub", type: "gitea" }])
    expect(yield* credential("https", "github.com")).toEqual({ username: "x-access-token", password: "hub" })
    expect(yield* credential("https", "gitlab.com")).toEqual({ username: "oauth2", password: "lab" })
    expect(yield* credential("https", "git.work.example")).toEqual({ username: "kugetsu", password: "tea" })
    expect((yield* credential("https", "git.local:3000"))?.password).toBe("with-port")
    expect((yield* credential("https", "git.local:4000"))?.password).toBe("host")
    expect((yield* credential("https", "git.local"))?.password).toBe("host")
    env.KUGETSU_TOKEN_GITHUB_COM = "for-this-host"
    expect((yield* credential("https", "github.com"))?.password).toBe("for-this-host")
    for (const host of ["evil.example", "github.com.evil.example", "gitlab.evil.example"]) {
      expect(yield* credential("https", host)).toBeNull()
    }
    expect(yield* credential("http", "github.com")).toBeNull()
    expect(yield* credential("ssh", "github.com")).toBeNull()
    env.KUGETSU_TOKEN_LOCALHOST = "near"
    expect((yield* credential("http", "localhost:8080"))?.password).toBe("near")
  }),
)

effectTest("the helper is bound to the clone's origin, and a server's own certificate authority to it", () =>
  Effect.gen(function* () {
    const { box, root, setEnvFile, useServers, environment } = yield* setUp
    setEnvFile("default", { GITHUB_TOKEN: "hub", GITEA_TOKEN: "tea" })
    useServers([{ name: "work", url: "https://git.work.example:8443", type: "gitea", ca: "/etc/work.pem" }])
    const access = yield* environment("https://git.work.example:8443/ann/repo.git")
    expect(access).toMatchObject({ KUGETSU_DIR: root, GIT_TERMINAL_PROMPT: "0" })
    const ask = (url: string, ...key: ReadonlyArray<string>) =>
      Bun.spawnSync(["git", "config", "--get-urlmatch", ...key, url], { cwd: "/", env: { ...box.env, ...access } })
        .stdout.toString()
        .trim()
    expect(ask("https://git.work.example:8443/ann/repo.git", "credential.helper")).toContain(" git-credential")
    expect(ask("https://git.work.example:8443/other.git", "http.sslCAInfo")).toBe("/etc/work.pem")
    for (const elsewhere of [
      "https://git.work.example/x",
      "https://github.com/ann/repo.git",
      "http://git.work.example:8443/x",
    ]) {
      expect([ask(elsewhere, "credential.helper"), ask(elsewhere, "http.sslCAInfo")]).toEqual(["", ""])
    }
  }),
)

effectTest("the helper of a run's git finds the login also while the config is broken", () =>
  Effect.gen(function* () {
    const { box, env, environment, root, setEnvFile } = yield* setUp
    setEnvFile("default", { GITHUB_TOKEN: "hub" })
    const run = runId("helper")
    const settings = runSettingsOf(
      yield* Effect.flatMap(Settings, ({ load }) => load).pipe(Effect.provide(gitLayers({ root, env }))),
    )
    const create = Effect.flatMap(Runs, (runs) => runs.create(runRequest(run, { settings })))
    yield* Effect.provide(create, Layer.provide(Runs.layer, KugetsuHome.at(root)))
    const login = (access: Readonly<Record<string, string>>) => {
      const stdin = Buffer.from("protocol=https\nhost=github.com\n\n")
      return Bun.spawnSync([...helper, "get"], { stdin, env: { ...box.env, ...access } }).stdout.toString()
    }
    const url = "https://github.com/ann/repo.git"
    const outside = yield* environment(url)
    env.KUGETSU_SETTINGS_RUN = run
    const inRun = yield* environment(url)
    fs.writeFileSync(path.join(root, "config"), "MAX_CONCURRENT_AGENTS=lots\n")
    expect([login(outside), login(inRun)]).toEqual(["", "username=x-access-token\npassword=hub\n"])
  }),
)

effectTest("git's credential protocol is answered for get alone, and a token with a line break not at all", () =>
  Effect.gen(function* () {
    const { env, setEnvFile, answer } = yield* setUp
    setEnvFile("default", { GITHUB_TOKEN: "hub" })
    const request = "capability[]=authtype\nprotocol=https\nhost=github.com\npath=ann/repo.git\n\n"
    expect(yield* answer("get", request)).toBe("username=x-access-token\npassword=hub\n")
    for (const operation of ["store", "erase", "other"]) expect(yield* answer(operation, request)).toBe("")
    expect(yield* answer("get", "host=github.com\n\n")).toBe("")
    expect(yield* answer("get", "protocol=https\nhost=elsewhere.example\n\n")).toBe("")
    env.KUGETSU_TOKEN_ODD_EXAMPLE = "a\nhost=evil"
    expect(yield* answer("get", "protocol=https\nhost=odd.example\n\n")).toBe("")
  }),
)

test("a credential request is read up to its empty line, with values that hold an equals sign", () => {
  expect(parseCredentialRequest("protocol=https\nhost=h:1\npath=a=b\n\nhost=other\n")).toEqual({
    protocol: "https",
    host: "h:1",
    path: "a=b",
  })
  expect(parseCredentialRequest("")).toBeNull()
})

effectTest("commits are in git's own name, else in the configured one, else refused", () =>
  Effect.gen(function* () {
    const { box, env, root, identity } = yield* setUp
    const missing = yield* Effect.flip(identity)
    expect([missing._tag, missing.code]).toEqual(["IdentityMissing", 69])
    fs.writeFileSync(path.join(root, "config"), 'GIT_AUTHOR_NAME="Bo B"\n')
    expect((yield* Effect.flip(identity))._tag).toBe("IdentityMissing")
    fs.appendFileSync(path.join(root, "config"), "GIT_AUTHOR_EMAIL=bo@example.org\n")
    const configured = {
      GIT_AUTHOR_NAME: "Bo B",
      GIT_AUTHOR_EMAIL: "bo@example.org",
      GIT_COMMITTER_NAME: "Bo B",
      GIT_COMMITTER_EMAIL: "bo@example.org",
    }
    expect(yield* identity).toEqual(configured)
    box.run(box.dir, "config", "--global", "user.name", "Ann")
    expect(yield* identity).toMatchObject({ GIT_AUTHOR_NAME: "Ann", GIT_AUTHOR_EMAIL: "bo@example.org" })
    // as people split their configuration
    fs.writeFileSync(path.join(box.dir, "work.gitconfig"), "[user]\n\temail = ann@example.org\n")
    box.run(box.dir, "config", "--global", "include.path", path.join(box.dir, "work.gitconfig"))
    expect(yield* identity).toEqual({})
    env.GIT_CONFIG_GLOBAL = "/dev/null"
    expect(yield* identity).toEqual(configured)
  }),
)

effectTest("who commits may stand in an env file, and goes before the config file", () =>
  Effect.gen(function* () {
    const { box, env, identity, setEnvFile } = yield* setUp
    setEnvFile("default", { GIT_AUTHOR_NAME: "Bot" })
    expect((yield* Effect.flip(identity))._tag).toBe("IdentityMissing")
    setEnvFile("dev", { GIT_AUTHOR_EMAIL: "bot@example.org" })
    const bot = {
      GIT_AUTHOR_NAME: "Bot",
      GIT_AUTHOR_EMAIL: "bot@example.org",
      GIT_COMMITTER_NAME: "Bot",
      GIT_COMMITTER_EMAIL: "bot@example.org",
    }
    expect(yield* identity).toEqual(bot)
    Object.assign(env, { GIT_AUTHOR_NAME: "Host", GIT_AUTHOR_EMAIL: "host@example.org" })
    box.run(box.dir, "config", "--global", "user.name", "Ann")
    expect(yield* identity).toEqual(bot)
    setEnvFile("dev", { GIT_AUTHOR_EMAIL: "bot@example.org", GIT_COMMITTER_NAME: "Machine" })
    expect(yield* identity).toEqual({ ...bot, GIT_COMMITTER_NAME: "Machine" })
  }),
)

const sshTest: typeof effectTest =
  sshd === null
    ? (name) => test.skip(`${name} (needs sshd: apt-get install openssh-server)`, () => undefined)
    : effectTest

sshTest("a repository is cloned and pushed to over SSH, whose new host key is accepted once and for all", () =>
  Effect.gen(function* () {
    const { box, env, useRemote, ensure, environment } = yield* setUp
    const remote = box.remote("private.git")
    const server = yield* sshServer(path.join(box.dir, "ssh"))
    const url = `${server.url}${encodeURI(remote)}`
    useRemote(url)
    env.GIT_SSH_COMMAND = server.command
    const worktree = yield* ensure
    expect(fs.readFileSync(server.knownHosts, "utf8")).toContain("ssh-ed25519")
    const access = yield* environment(url)
    const pushed = yield* commitAndPush(box, worktree.path, access)
    expect(pushed.exitCode).toBe(0)
    expect(box.run(remote, "rev-parse", "fix/issue-1")).toBe(pushed.head)

    delete env.GIT_SSH_COMMAND
    box.run(box.dir, "config", "--global", "core.sshCommand", server.command)
    expect((yield* ensure).head).toBe(pushed.head)
    const known = fs.readFileSync(server.knownHosts, "utf8")
    fs.writeFileSync(server.knownHosts, known.replaceAll(/AAAA\S+/g, otherKey))
    const changed = yield* Effect.flip(ensure)
    expect(changed).toMatchObject({ _tag: "RemoteUnreachable", code: 69, reason: "host_key" })
    expect(changed.remedy).toContain("ssh-keygen -R '[127.0.0.1]:")
  }),
)

const otherKey = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

sshTest("a key that the server does not know is exit 69 with what to look at", () =>
  Effect.gen(function* () {
    const { box, env, useRemote, ensure } = yield* setUp
    const remote = box.remote("private.git")
    const server = yield* sshServer(path.join(box.dir, "ssh"))
    useRemote(`${server.url}${encodeURI(remote)}`)
    fs.writeFileSync(path.join(box.dir, "ssh/authorized_keys"), "")
    env.GIT_SSH_COMMAND = server.command
    const refused = yield* Effect.flip(ensure)
    expect(refused).toMatchObject({ _tag: "RemoteUnreachable", code: 69, reason: "authentication" })
    expect(refused.remedy).toMatch(/ssh -T -p \d+ \w+@127\.0\.0\.1/)
  }),
)

import { expect, test } from "bun:test"
import { Git } from "@kugetsu/core/system/Git"
import { gitEnvironment, withConfig } from "@kugetsu/core/system/GitEnvironment"
import { withoutForeignFilters } from "@kugetsu/core/system/GitFilters"
import { parseRemoteRefs, parseStatus } from "@kugetsu/core/system/GitOutput"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Processes } from "@kugetsu/core/system/Processes"
import { essence, reasonOf, RemoteUnreachable } from "@kugetsu/core/system/RemoteUnreachable"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../../kit/effectTest.ts"
import { GitBox } from "../../kit/git.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const withGit = <A, E>(
  env: Readonly<Record<string, string>>,
  effect: Effect.Effect<A, E, Git>,
  processes = ProcessesLive,
) =>
  Effect.provide(effect, Git.layer.pipe(Layer.provide(processes), Layer.provide(Layer.succeed(HostEnvironment, env))))

test("git finds the person's own configuration also when this process was given no HOME", () => {
  for (const host of [{}, { HOME: "" }]) expect(gitEnvironment(host).HOME).toBe(os.homedir())
  expect(gitEnvironment({ HOME: "/own" }).HOME).toBe("/own")
})

effectTest(
  "every call switches hooks, monitors, prompts and foreign repositories off, and drops what the shell set",
  () =>
    Effect.gen(function* () {
      const calls: Array<{ args: ReadonlyArray<string>; env: Readonly<Record<string, string>> }> = []
      const recording = Layer.succeed(Processes, {
        run: (options) => {
          calls.push(options)
          return Effect.succeed({ exitCode: 0, stdout: "", stderr: "" })
        },
        launch: () => Effect.die("nothing is launched here"),
      })
      const env = {
        PATH: "/bin",
        HOME: "/home/ann",
        GIT_DIR: "/elsewhere",
        GIT_WORK_TREE: "/elsewhere",
        GIT_INDEX_FILE: "/elsewhere",
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.hooksPath",
        GIT_CONFIG_VALUE_0: "/evil",
        GIT_TRACE: "1",
        GIT_ASKPASS: "/usr/bin/ask",
        GITHUB_TOKEN: "secret",
        https_proxy: "http://proxy",
      }
      const remote = { url: "-o/strange", env: { KUGETSU_DIR: "/k" }, token: null }
      yield* withGit(
        env,
        Effect.gen(function* () {
          const git = yield* Git
          yield* git.listRemote(remote, ["HEAD"])
          yield* git.fetch("/clone", remote)
          yield* git.status("/wörk/tree")
          yield* git.addWorktree("/clone", { path: "-tree", branch: "fix/issue-1", start: "abc" })
        }),
        recording,
      )
      expect(calls.length).toBeGreaterThanOrEqual(4)
      for (const { args, env } of calls) {
        const fixed = args.join(" ")
        for (const setting of [
          "core.hooksPath=/dev/null",
          "core.fsmonitor=false",
          "gc.auto=0",
          "maintenance.auto=false",
        ]) {
          expect(fixed).toContain(`-c ${setting}`)
        }
        expect(fixed).toContain("-c protocol.ext.allow=never")
        expect(env).toMatchObject({
          LC_ALL: "C",
          GIT_TERMINAL_PROMPT: "0",
          GIT_ASKPASS: "",
          https_proxy: "http://proxy",
        })
        const names = Object.keys(env).join(" ")
        expect(names).not.toMatch(/GIT_(DIR|WORK_TREE|INDEX_FILE|CONFIG_COUNT|CONFIG_KEY|TRACE)|TOKEN/)
      }
      const [list, , , , add] = calls
      expect(list?.args.slice(-3)).toEqual(["--", "-o/strange", "HEAD"])
      expect(add?.args.slice(-3)).toEqual(["--", "-tree", "abc"])
    }),
)

effectTest("a working tree without a repository is not mistaken for part of the repository above it", () =>
  Effect.gen(function* () {
    const box = new GitBox(yield* temporaryDirectory)
    box.run(box.dir, "init", "--quiet")
    const inside = path.join(box.dir, "worktrees", "issue")
    fs.mkdirSync(inside, { recursive: true })
    const git = yield* withGit(box.env, Git)
    const error = yield* Effect.flip(git.status(inside))
    expect(error._tag).toBe("GitFailed")
    expect(error.message).toContain("not a git repository")
    expect((yield* Effect.flip(git.status(path.join(box.dir, "gone")))).message).toContain("is not there")
  }),
)

effectTest("git that is not installed is told as such", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    const error = yield* withGit(
      { PATH: dir, HOME: dir },
      Effect.flatMap(Git, (git) => Effect.flip(git.status(dir))),
    )
    expect([error._tag, error.code]).toEqual(["ProgramMissing", 69])
  }),
)

effectTest("a lock that another git holds is waited for, and not removed", () =>
  Effect.gen(function* () {
    const box = new GitBox(yield* temporaryDirectory)
    const repository = box.remote("r.git")
    const lock = path.join(repository, "config.lock")
    const tries: Array<boolean> = []
    // the other git is done when this one tries for the third time
    const releasing = Layer.effect(
      Processes,
      Effect.map(Processes, (processes) => ({
        ...processes,
        run: (options) => {
          tries.push(fs.existsSync(lock))
          if (tries.length === 3) fs.rmSync(lock)
          return processes.run(options)
        },
      })),
    ).pipe(Layer.provide(ProcessesLive))
    fs.writeFileSync(lock, "")
    const other = Bun.spawn(["git", "cat-file", "--batch"], { cwd: repository, env: box.env, stdin: "pipe" })
    const git = yield* withGit(box.env, Git, releasing)
    yield* git.setConfig(repository, { file: path.join(repository, "config"), key: "a.b", value: "c" })
    expect(tries).toEqual([true, true, true])
    other.kill()
    expect(box.run(repository, "config", "a.b")).toBe("c")
  }),
)

test("only filters of the global configuration keep their programs", () => {
  const entry = (scope: "system" | "global" | "local" | "worktree", key: string, value: string | null) => ({
    scope,
    file: null,
    key,
    value,
  })
  expect(
    withoutForeignFilters([
      entry("system", "filter.lfs.smudge", "system"),
      entry("global", "filter.own.clean", "mine"),
      entry("global", "filter.own.required", null),
      entry("local", "filter.own.clean", "theirs"),
      entry("worktree", "filter.own.required", "false"),
      entry("worktree", "filter.a.b=c.process", "x"),
      entry("local", "filter.bad.required", "true"),
      entry("local", "core.autocrlf", "true"),
    ]),
  ).toEqual([
    ["filter.lfs.smudge", ""],
    ["filter.own.clean", "mine"],
    ["filter.own.required", "true"],
    ["filter.a.b=c.process", ""],
    ["filter.bad.required", "false"],
  ])
})

test("settings are added behind those that the environment has", () => {
  const once = withConfig({ A: "1" }, [["x.y", "1"]])
  expect(withConfig(once, [["x.z", "2"]])).toEqual({
    A: "1",
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: "x.y",
    GIT_CONFIG_VALUE_0: "1",
    GIT_CONFIG_KEY_1: "x.z",
    GIT_CONFIG_VALUE_1: "2",
  })
  expect(withConfig({ A: "1" }, [])).toEqual({ A: "1" })
})

test("the default branch is what the remote says, else the likeliest branch on HEAD's commit", () => {
  const told =
    "ref: refs/heads/trunk\tHEAD\naa\tHEAD\naa\trefs/heads/main\naa\trefs/heads/trunk\ncc\trefs/pull/1/head\n"
  expect(parseRemoteRefs(told).defaultBranch).toBe("trunk")
  expect(parseRemoteRefs(told).others.get("refs/pull/1/head")).toBe("cc")
  expect([...parseRemoteRefs(told).heads]).toEqual([
    ["main", "aa"],
    ["trunk", "aa"],
  ])
  expect(parseRemoteRefs("aa\tHEAD\naa\trefs/heads/x\naa\trefs/heads/master\n").defaultBranch).toBe("master")
  expect(parseRemoteRefs("aa\trefs/heads/x\n").defaultBranch).toBeNull()
})

test("names with blanks survive the reading of a status", () => {
  const oid = "0".repeat(40)
  const text = [
    `# branch.oid ${oid}`,
    "# branch.head fix/issue-1",
    `1 .M N... 100644 100644 100644 ${oid} ${oid} a b`,
    `1 A. N... 000000 100644 100644 ${oid} ${oid} staged`,
    `1 .M S.M. 160000 160000 160000 ${oid} ${oid} sub`,
    `u UU N... 100644 100644 100644 100644 ${oid} ${oid} ${oid} c d`,
    "? e f",
    "",
  ].join("\0")
  const { branch, head, entries } = parseStatus(text)
  expect([branch, head]).toEqual(["fix/issue-1", oid])
  expect(entries.map(({ path, inTree, submodule }) => [path, inTree, submodule])).toEqual([
    ["a b", true, false],
    ["staged", false, false],
    ["sub", true, true],
    ["c d", true, false],
    ["e f", true, false],
  ])
})

const complaints: ReadonlyArray<readonly [stderr: string, reason: ReturnType<typeof reasonOf>]> = [
  ["fatal: could not read Username for 'https://h': terminal prompts disabled", "authentication"],
  ["remote: Invalid username or token.\nfatal: Authentication failed for 'https://h/r/'", "authentication"],
  [
    "remote: Write access not granted.\nfatal: unable to access 'https://h/r/': The requested URL returned error: 403",
    "authentication",
  ],
  ["git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.", "authentication"],
  ["Host key verification failed.\nfatal: Could not read from remote repository.", "host_key"],
  ["fatal: unable to access 'https://h/': Could not resolve host: h", "host"],
  ["ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.", "host"],
  ["ssh: Could not resolve hostname h: Name or service not known", "host"],
  [
    "fatal: unable to access 'https://h/': SSL certificate problem: unable to get local issuer certificate",
    "certificate",
  ],
  ["remote: Repository not found.\nfatal: repository 'https://h/r/' not found", "not_found"],
  ["ERROR: Repository not found.\nfatal: Could not read from remote repository.", "not_found"],
  ["fatal: '/r.git' does not appear to be a git repository", "not_found"],
  ["error: cannot lock ref 'refs/remotes/origin/x'", null],
  ["fatal: write error: No space left on device", null],
]

for (const [stderr, reason] of complaints) {
  test(`"${stderr.split("\n")[0]}" is understood as ${reason}`, () => {
    expect(reasonOf(essence(stderr))).toBe(reason)
  })
}

test("an unreachable remote names the exact command to run", () => {
  const at = (url: string, reason: RemoteUnreachable["reason"], token: string | null) =>
    new RemoteUnreachable({ url, reason, detail: "no", token })
  expect(at("https://github.com/a/b.git", "authentication", "GITHUB_TOKEN").remedy).toContain(
    "`kugetsu env set GITHUB_TOKEN -`",
  )
  expect(at("https://github.com/a/b.git", "not_found", "GITHUB_TOKEN").remedy).toContain(
    "`kugetsu env set GITHUB_TOKEN -`",
  )
  expect(at("git@github.com:a/b.git", "authentication", null).remedy).toContain("`ssh -T git@github.com`")
  expect(at("ssh://git@h:2222/a/b", "host_key", null).remedy).toContain("`ssh-keygen -R '[h]:2222'`")
  expect(at("git@github.com:a/b.git", "host_key", null).remedy).toContain("`ssh-keygen -R github.com`")
  expect(at("https://h/a", "host", null).code).toBe(69)
})

import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"

const stage = Effect.map(freshPerson, (person) => ({
  ...person,
  file: path.join(person.kugetsuHome, "servers.json"),
  json: (words: ReadonlyArray<string>) =>
    Effect.map(person.kugetsu([...words, "--json"]), ({ code, stderr, stdout }) => ({
      code,
      stderr,
      answer: stdout === "" ? null : JSON.parse(stdout),
    })),
}))

effectTest(
  "a server that was added is kept with all that was said of it, and gives refs without a host their meaning",
  () =>
    Effect.gen(function* () {
      const { file, home, json, kugetsu } = yield* stage
      fs.writeFileSync(path.join(home, "ca.pem"), "")
      const added = yield* json([
        "server",
        "add",
        "work",
        "HTTPS://Git.Example.org:8443/git/",
        "--type",
        "gitea",
        "--ca",
        "ca.pem",
      ])
      const server = {
        name: "work",
        url: "https://git.example.org:8443/git",
        type: "gitea",
        clone: "https",
        ca: path.join(home, "ca.pem"),
      }
      expect([added.code, added.answer]).toEqual([0, server])
      expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual({ version: 1, default: null, servers: [server] })
      expect(fs.statSync(file).mode & 0o777).toBe(0o600)
      expect((yield* kugetsu(["server", "get", "work"])).stdout).toBe(`${server.url}\n`)
      expect((yield* json(["server", "get", "git.example.org:8443"])).answer.name).toBe("work")

      expect((yield* kugetsu(["server", "default"])).stdout).toBe("github  https://github.com\n")
      expect((yield* kugetsu(["server", "default", "WORK"])).stdout).toBe(`work  ${server.url}\n`)
      expect((yield* json(["server", "list"])).answer.filter((one: { default: boolean }) => one.default)).toEqual([
        { ...server, default: true },
      ])
      const nothing = yield* json(["destroy", "you/repo#14", "-y"])
      expect(`${nothing.answer.message}`).toContain("git.example.org:8443/you/repo#14")
    }),
)

effectTest("what cannot be added, removed or chosen changes nothing, and says what would do", () =>
  Effect.gen(function* () {
    const { file, json, kugetsu } = yield* stage
    yield* kugetsu(["server", "add", "work", "https://git.example.org", "--default"])
    const before = fs.readFileSync(file, "utf8")
    const refused: ReadonlyArray<readonly [ReadonlyArray<string>, number, string, RegExp]> = [
      [["add", "work", "https://other.example.org"], 1, "ServerNameTaken", /server remove work/],
      [["add", "a/b", "https://a.example.org"], 64, "ServerRefused", /letters/],
      [["add", "b", "ftp://a.example.org"], 64, "ServerRefused", /https/],
      [["add", "b", "https://me:hunter22@a.example.org"], 64, "ServerRefused", /credentials/],
      [["add", "b", "https://a.example.org", "--ca", "/no such file"], 64, "UsageError", /no such file/],
      [["add", "b", "https://a.example.org", "--type", "svn"], 64, "InvalidValue", /svn/],
      [["remove", "wrok"], 1, "ServerUnknown", /did you mean work/],
      [["remove", "gitlab"], 1, "ServerNotOwn", /by itself/],
      [["default", "wrok"], 1, "ServerUnknown", /did you mean work/],
      [["get", "nowhere.example.org"], 1, "ServerUnknown", /server list/],
    ]
    for (const [words, code, error, said] of refused) {
      const { answer, code: ended, stderr } = yield* json(["server", ...words])
      expect([words, ended, answer?.error]).toEqual([words, code, error])
      expect(`${answer.message} ${answer.remedy}`).toMatch(said)
      expect(JSON.stringify(answer) + stderr).not.toContain("hunter22")
    }
    expect(fs.readFileSync(file, "utf8")).toBe(before)
    expect((yield* kugetsu(["server", "add", "work", "git.example.org", "--clone", "ssh"])).code).toBe(0)
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({ default: "work", servers: [{ clone: "ssh" }] })
  }),
)

effectTest("the removed default is github.com again, and a default that the configuration outvotes says so", () =>
  Effect.gen(function* () {
    const { file, kugetsu } = yield* stage
    yield* kugetsu(["server", "add", "work", "https://git.example.org", "--default"])
    const gone = yield* kugetsu(["server", "remove", "work"])
    expect([gone.code, gone.stderr.includes("https://github.com now")]).toEqual([0, true])
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual({ version: 1, default: null, servers: [] })

    const outvoted = yield* kugetsu(["server", "default", "gitlab"], { env: { DEFAULT_GIT_SERVER: "codeberg.org" } })
    expect([outvoted.stdout, outvoted.stderr]).toEqual([
      "codeberg  https://codeberg.org\n",
      expect.stringContaining('DEFAULT_GIT_SERVER is set to "codeberg.org"'),
    ])
    expect((yield* kugetsu(["server", "default"])).stdout).toBe("gitlab  https://gitlab.com\n")
  }),
)

effectTest("where a server's token is looked for is told, and whether it is set, but never the token", () =>
  Effect.gen(function* () {
    const { json, kugetsu } = yield* stage
    yield* kugetsu(["server", "add", "work", "https://git.example.org", "--type", "gitea"])
    expect((yield* kugetsu(["server", "get", "work"])).stderr).toContain("kugetsu env set GITEA_TOKEN - pm-agent")
    yield* kugetsu(["env", "set", "KUGETSU_TOKEN_GIT_EXAMPLE_ORG", "-", "pm-agent"], { stdin: "t0ken-of-work" })
    const { answer } = yield* json(["server", "get", "work"])
    expect(answer.token).toEqual({
      variables: ["GITEA_TOKEN", "KUGETSU_TOKEN_GIT_EXAMPLE_ORG"],
      set: "KUGETSU_TOKEN_GIT_EXAMPLE_ORG",
    })
    expect(JSON.stringify(answer)).not.toContain("t0ken-of-work")
  }),
)

effectTest("a default that has gone leaves the commands that mend it, and is named by those that look for faults", () =>
  Effect.gen(function* () {
    const { file, json, kugetsu } = yield* stage
    const env = { DEFAULT_GIT_SERVER: "work" }
    yield* kugetsu(["server", "add", "work", "https://git.example.org", "--default"])
    const removed = yield* kugetsu(["server", "remove", "work"], { env })
    expect([removed.code, removed.stderr]).toEqual([0, expect.stringContaining("DEFAULT_GIT_SERVER still names work")])

    fs.writeFileSync(file, JSON.stringify({ default: "work" }))
    const listed = yield* json(["server", "list"])
    expect([listed.code, listed.stderr]).toEqual([0, expect.stringContaining("kugetsu server default")])
    expect(listed.answer.map((one: { default: boolean }) => one.default)).not.toContain(true)
    const checked = yield* json(["config", "check"])
    expect([checked.code, checked.answer.errors]).toEqual([
      78,
      [expect.objectContaining({ where: file, key: "default", reason: 'there is no server "work"' })],
    ])
    expect((yield* kugetsu(["server", "default", "gitlab"])).stdout).toBe("gitlab  https://gitlab.com\n")
    expect((yield* kugetsu(["config", "check"])).code).toBe(0)
    expect((yield* kugetsu(["config", "check"], { env })).stdout).toContain("DEFAULT_GIT_SERVER")
  }),
)

effectTest("a server that is added again keeps what is not given anew, and its place", () =>
  Effect.gen(function* () {
    const { file, home, json, kugetsu } = yield* stage
    fs.writeFileSync(path.join(home, "ca.pem"), "")
    const work = ["server", "add", "work", "https://git.example.org"]
    const first = yield* json([...work, "--type", "gitea", "--clone", "ssh", "--ca", "ca.pem"])
    yield* kugetsu(["server", "add", "other", "https://other.example.org"])
    expect((yield* json([...work, "--default"])).answer).toEqual(first.answer)
    expect((yield* json([...work, "--clone", "https"])).answer).toEqual({ ...first.answer, clone: "https" })
    const { default: preferred, servers } = JSON.parse(fs.readFileSync(file, "utf8"))
    expect([preferred, servers[0], servers[1].name]).toEqual(["work", { ...first.answer, clone: "https" }, "other"])
  }),
)

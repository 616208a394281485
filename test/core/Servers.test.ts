import { describe, expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer, Result } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

interface Files {
  readonly config?: string
  readonly servers?: unknown
  readonly repos?: unknown
  readonly environment?: Record<string, string>
}

const serversTest = (
  name: string,
  files: Files,
  body: (servers: Servers["Service"], root: string) => Effect.Effect<void, unknown>,
) =>
  effectTest(name, () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      if (files.config !== undefined) fs.writeFileSync(`${root}/config`, files.config)
      if (files.servers !== undefined) fs.writeFileSync(`${root}/servers.json`, JSON.stringify(files.servers))
      if (files.repos !== undefined) fs.writeFileSync(`${root}/repos.json`, JSON.stringify(files.repos))
      const layer = Servers.layer.pipe(
        Layer.provide(Settings.layer),
        Layer.provide(KugetsuHome.at(root)),
        Layer.provide(Layer.succeed(HostEnvironment, { HOME: root, ...files.environment })),
      )
      yield* body(yield* Effect.provide(Servers, layer), root)
    }),
  )

const ref = (text: string) => Result.getOrThrow(parseIssueRef(text))

describe("without any configuration", () => {
  serversTest("the well-known hosts are known with their forges", {}, (servers) =>
    Effect.gen(function* () {
      expect((yield* servers.list).map(({ url, type }) => [url, type])).toEqual([
        ["https://github.com", "github"],
        ["https://gitlab.com", "gitlab"],
        ["https://codeberg.org", "gitea"],
        ["https://gitea.com", "gitea"],
      ])
      expect(yield* servers.defaultInstance).toBe("github.com")
    }),
  )
  serversTest("any other host gets an address, and no guess about its forge", {}, (servers) =>
    Effect.gen(function* () {
      expect(yield* servers.forInstance("Git.Local:3000")).toEqual({
        name: "git.local:3000",
        url: "https://git.local:3000",
        type: null,
        clone: "https",
        ca: null,
      })
      expect(yield* servers.cloneUrl(ref("git.local:3000/a/b/c#1"))).toBe("https://git.local:3000/a/b/c.git")
      expect(yield* servers.cloneUrl(ref("github.com/shoko/kugetsu#1"))).toBe("https://github.com/shoko/kugetsu.git")
    }),
  )
})

describe("servers.json", () => {
  const file = {
    version: 1,
    default: "work",
    servers: [
      { name: "work", url: "http://git.local:3000/gitea/", type: "gitea", clone: "https", ca: "/etc/ca.pem" },
      { name: "hub", url: "https://GitHub.com", clone: "ssh" },
      { name: "local", url: "http://box:8080", clone: "ssh" },
    ],
  }
  serversTest("says how a server is reached, and which one is the default", { servers: file }, (servers) =>
    Effect.gen(function* () {
      expect(yield* servers.defaultInstance).toBe("git.local:3000")
      expect(yield* servers.forInstance("git.local:3000")).toEqual({
        name: "work",
        url: "http://git.local:3000/gitea",
        type: "gitea",
        clone: "https",
        ca: "/etc/ca.pem",
      })
      expect(yield* servers.forInstance("github.com")).toMatchObject({ name: "hub", type: "github", clone: "ssh" })
      expect((yield* servers.list).filter(({ url }) => url === "https://github.com")).toHaveLength(1)
    }),
  )
  serversTest(
    "gives clone addresses with its sub-path once, and for ssh without the web's port",
    { servers: file },
    (servers) =>
      Effect.gen(function* () {
        expect(yield* servers.cloneUrl(ref("git.local:3000/a/b#1"))).toBe("http://git.local:3000/gitea/a/b.git")
        expect(yield* servers.cloneUrl(ref("git.local:3000/gitea/a/b#1"))).toBe("http://git.local:3000/gitea/a/b.git")
        expect(yield* servers.cloneUrl(ref("github.com/a/b#1"))).toBe("git@github.com:a/b.git")
        expect(yield* servers.cloneUrl(ref("box:8080/a/b#1"))).toBe("git@box:a/b.git")
      }),
  )
  serversTest(
    "without version and the younger fields is read",
    { servers: { servers: [{ name: "x", url: "https://x.org" }] } },
    (servers) =>
      Effect.gen(function* () {
        expect(yield* servers.forInstance("x.org")).toEqual({
          name: "x",
          url: "https://x.org",
          type: null,
          clone: "https",
          ca: null,
        })
      }),
  )
  serversTest(
    "that does not decode is an error with its path",
    { servers: { servers: [{ name: "x" }] } },
    (servers, root) =>
      Effect.gen(function* () {
        for (const effect of [servers.list, servers.defaultInstance, servers.cloneUrl(ref("github.com/a/b#1"))]) {
          expect(yield* Effect.flip<unknown, unknown, never>(effect)).toMatchObject({
            _tag: "RecordUnreadable",
            path: `${root}/servers.json`,
          })
        }
      }),
  )
  for (const url of [
    "https://a:hunter2@x.org",
    "ssh://x.org",
    "https://",
    "https://x.org/?token=hunter2",
    "https://-x/",
  ]) {
    serversTest(
      `with the address ${url} is refused, and nothing of it shown`,
      { servers: { servers: [{ name: "x", url }] } },
      (servers, root) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(servers.list)
          expect(error).toMatchObject({ _tag: "ConfigInvalid", where: `${root}/servers.json`, key: "x" })
          expect(JSON.stringify(error) + error.message + error.remedy).not.toContain("hunter2")
          expect(error.message.includes("credentials")).toBe(url.includes("@"))
        }),
    )
  }
})

describe("GIT_SERVERS and DEFAULT_GIT_SERVER", () => {
  serversTest(
    "of the first kugetsu map a host to its address",
    {
      config:
        'declare -A GIT_SERVERS=(["git.x"]="http://box:3000" ["codeberg.org"]="https://codeberg.org")\nDEFAULT_GIT_SERVER=git.x\n',
    },
    (servers) =>
      Effect.gen(function* () {
        expect(yield* servers.forInstance("git.x")).toMatchObject({ name: "git.x", url: "http://box:3000", type: null })
        expect(yield* servers.cloneUrl(ref("git.x/a/b#1"))).toBe("http://box:3000/a/b.git")
        expect(yield* servers.cloneUrl(ref("box:3000/a/b#1"))).toBe("http://box:3000/a/b.git")
        expect(yield* servers.forInstance("codeberg.org")).toMatchObject({ type: "gitea" })
        expect(yield* servers.defaultInstance).toBe("box:3000")
      }),
  )
  const file = { default: "gitlab", servers: [{ name: "work", url: "https://git.x", type: "gitlab" }] }
  serversTest(
    "give way to servers.json for a host, but name the default before it does",
    { config: "GIT_SERVERS=(http://git.x)\nDEFAULT_GIT_SERVER=work", servers: file },
    (servers) =>
      Effect.gen(function* () {
        expect(yield* servers.forInstance("git.x")).toMatchObject({ name: "work", type: "gitlab" })
        expect(yield* servers.defaultInstance).toBe("git.x")
      }),
  )
  serversTest(
    "give refs a second host for an address that servers.json has, and all that it says of it",
    {
      config: 'GIT_SERVERS["git.old"]="http://git.x:8080"\n',
      servers: { servers: [{ name: "work", url: "http://git.x:8080", type: "gitea", ca: "/ca.pem" }] },
    },
    (servers) =>
      Effect.gen(function* () {
        expect(yield* servers.cloneUrl(ref("git.old/a/b#1"))).toBe("http://git.x:8080/a/b.git")
        expect(yield* servers.forInstance("git.x:8080")).toMatchObject({ name: "work" })
        expect(yield* servers.forInstance("git.old")).toMatchObject({ name: "git.old", type: "gitea", ca: "/ca.pem" })
      }),
  )
  serversTest("may be absent where servers.json names the default", { servers: file }, (servers) =>
    Effect.map(servers.defaultInstance, (instance) => expect(instance).toBe("gitlab.com")),
  )
  serversTest(
    "can name a host that is nowhere else; the person chose it, so it is listed",
    { environment: { DEFAULT_GIT_SERVER: "http://Git.New:3000/" } },
    (servers) =>
      Effect.gen(function* () {
        expect(yield* servers.defaultInstance).toBe("git.new:3000")
        expect((yield* servers.list).map(({ url }) => url)).toContain("http://git.new:3000")
      }),
  )
  serversTest("that name a server nobody knows are refused", { config: "DEFAULT_GIT_SERVER=wrok" }, (servers) =>
    Effect.map(Effect.flip(servers.defaultInstance), (error) =>
      expect(error).toMatchObject({ _tag: "ConfigInvalid", key: "DEFAULT_GIT_SERVER" }),
    ),
  )
})

describe("repos.json", () => {
  const repos = {
    "github.com/shoko/kugetsu#14": "https://mirror.org/k.git",
    "github.com/shoko/kugetsu": "git@mirror.org:k.git",
    "github.com/shoko typo#14": "/srv/git/typo.git",
    "github.com/a/ext#1": "ext::sh -c id",
    "github.com/a/token": "https://x:hunter2@github.com/a/token.git",
  }
  serversTest("goes by the issue first, then by the repository, whatever the case of names", { repos }, (servers) =>
    Effect.gen(function* () {
      expect(yield* servers.cloneUrl(ref("github.com/Shoko/Kugetsu#14"))).toBe("https://mirror.org/k.git")
      expect(yield* servers.cloneUrl(ref("github.com/shoko/kugetsu#15"))).toBe("git@mirror.org:k.git")
      expect(yield* servers.cloneUrl(ref("github.com/shoko/other#14"))).toBe("https://github.com/shoko/other.git")
    }),
  )
  serversTest("with the first manual's space for a slash means what was meant", { repos }, (servers) =>
    Effect.map(servers.cloneUrl(ref("github.com/shoko/typo#14")), (url) => expect(url).toBe("/srv/git/typo.git")),
  )
  serversTest(
    "with an address that runs a program or holds a password is refused for that repository alone",
    { repos },
    (servers, root) =>
      Effect.gen(function* () {
        expect(yield* Effect.flip(servers.cloneUrl(ref("github.com/a/ext#1")))).toMatchObject({
          _tag: "ConfigInvalid",
          where: `${root}/repos.json`,
          key: "github.com/a/ext#1",
        })
        const error = yield* Effect.flip(servers.cloneUrl(ref("github.com/a/token#9")))
        expect(error.remedy).toContain("kugetsu env set")
        expect(JSON.stringify(error) + error.message + error.remedy).not.toContain("hunter2")
      }),
  )
  serversTest("that is no object of addresses is an error with its path", { repos: ["x"] }, (servers, root) =>
    Effect.map(Effect.flip(servers.cloneUrl(ref("github.com/a/b#1"))), (error) =>
      expect(error).toMatchObject({ _tag: "RecordUnreadable", path: `${root}/repos.json` }),
    ),
  )
})

import { describe, expect, test } from "bun:test"
import {
  hostOf,
  httpOrigin,
  isLoopback,
  parseCloneUrl,
  readCloneUrl,
  sameRepository,
} from "@kugetsu/core/domain/CloneUrl"
import { Option, Result } from "effect"

test("an address is read as git reads it", () => {
  const read = (url: string) => {
    const { transport, host, port, path } = readCloneUrl(url)
    return [transport, host, port, path]
  }
  expect(read("https://Git.Example:8443/group/sub/repo.git/")).toEqual([
    "https",
    "git.example",
    "8443",
    "group/sub/repo",
  ])
  expect(read("http://user:p@ss@h/r")).toEqual(["http", "h", null, "r"])
  expect(read("ssh://git@h:2222/a/b.git")).toEqual(["ssh", "h", "2222", "a/b"])
  expect(read("git@github.com:a/b.git")).toEqual(["ssh", "github.com", null, "a/b"])
  expect(read("[::1]:a/b")).toEqual(["ssh", "[::1]", null, "a/b"])
  expect(read("https://[::1]:80/a")).toEqual(["https", "[::1]", "80", "a"])
  expect(read("/srv/a b/r.git")).toEqual(["file", null, null, "srv/a b/r"])
  expect(read("./with:colon")).toEqual(["file", null, null, "./with:colon"])
  expect(read("file:///srv/r.git")).toEqual(["file", null, null, "srv/r"])
  expect(read("ext::sh -c x")[0]).toBe("other")
  expect(read("http://h:8x/srv/r")).toEqual(["http", "", null, "srv/r"])
})

test("an origin has host and port and no login; only HTTP has one", () => {
  expect(httpOrigin(readCloneUrl("https://bob@h.example:8443/a/b"))).toBe("https://h.example:8443")
  expect(httpOrigin(readCloneUrl("git@h.example:a/b"))).toBeNull()
  expect(hostOf(readCloneUrl("ssh://git@h:22/a"))).toBe("h:22")
})

test("transport, port, login, case and .git do not make another repository; host and path do", () => {
  const same = (a: string, b: string) => sameRepository(readCloneUrl(a), readCloneUrl(b))
  expect(same("https://h/a/b.git", "git@h:a/b")).toBe(true)
  expect(same("https://h:3000/a/b", "ssh://git@h:2222/a/b.git")).toBe(true)
  expect(same("https://h/Ann/Tool", "git@h:ann/tool.git")).toBe(true)
  expect(same("/srv/Tool.git", "/srv/tool.git")).toBe(false)
  expect(same("https://h/a/b", "https://h/a/c")).toBe(false)
  expect(same("https://h/a/b", "https://other/a/b")).toBe(false)
})

test("only addresses of this machine are loopback", () => {
  for (const host of ["localhost", "localhost:80", "127.0.0.1", "127.1.2.3:9", "[::1]", "[::1]:80"]) {
    expect([host, isLoopback(host)]).toEqual([host, true])
  }
  for (const host of ["127.0.0.1.evil.example", "localhost.evil", "10.0.0.1", "x127.0.0.1"]) {
    expect([host, isLoopback(host)]).toEqual([host, false])
  }
})

describe("git is given an address that only moves objects", () => {
  for (const url of [
    "https://github.com/a/b.git",
    "http://127.0.0.1:3000/a/b",
    "https://[::1]:3000/a/b.git",
    "https://git.local/sub/a/b.git",
    "ssh://git@github.com/a/b.git",
    "ssh://git.local:2222/~ann/b.git",
    "git@github.com:a/b.git",
    "work-alias:a/b.git",
    "file:///srv/git/a b.git",
    "/srv/git dir/tést/b.git",
  ]) {
    test(url, () => expect(parseCloneUrl(url)).toEqual(Result.succeed(readCloneUrl(url))))
  }
})

describe("an address that could run a program, or gives something away, is refused without being shown", () => {
  for (const [url, reason] of [
    ["", "empty"],
    ["ext::sh -c id% hunter2", "transport helper"],
    ["fd::17", "transport helper"],
    ["ssh::x", "transport helper"],
    ["-oProxyCommand=hunter2", "neither"],
    ["--upload-pack=hunter2", "neither"],
    ["ssh://-oProxyCommand=hunter2/x", "not ssh://"],
    ["ssh://git@-oProxyCommand=hunter2/x", "not ssh://"],
    ["ssh://-oX@host/x", "not ssh://"],
    ["-oX@host:x", "neither"],
    ["git@-host:x", "neither"],
    ["git@host:-x", "neither"],
    ["git@host:a\nb", "control characters"],
    ["https://hunter2@github.com/a/b", "credentials"],
    ["https://a:hunter2@github.com/a/b", "credentials"],
    ["HTTPS://a:hunter2@github.com/a/b", "credentials"],
    ["https://github.com/a/b?private_token=hunter2", "query"],
    ["https://github.com/a/b#hunter2", "query"],
    ["https://github.com/a b", "query"],
    ["https://-x/a", "query"],
    ["https://", "query"],
    ["ssh://a:hunter2@host/x", "password"],
    ["a:hunter2@host:x", "neither"],
    ["git://github.com/a/b", "not asked"],
    ["javascript://x/y", "not asked"],
    ["file://host/x", "absolute"],
    ["file://localhost:80/x", "absolute"],
    ["file://me@localhost/x", "absolute"],
    ["file://", "absolute"],
    ["https://h:8x/a", "query"],
    ["ssh://h:8x/a", "not ssh://"],
    ["1://h/a", "not asked"],
    ["://h/a", "not asked"],
    ["relative/path", "neither"],
    ["../up", "neither"],
    ["~/b.git", "neither"],
    ["C:\\repo", "neither"],
  ] as const) {
    test(JSON.stringify(url), () => {
      const fault = Option.getOrUndefined(Result.getFailure(parseCloneUrl(url)))
      expect(fault?.reason).toContain(reason)
      expect(JSON.stringify(fault)).not.toContain("hunter2")
      expect(fault?.allowed).toContain(/credentials|password/.test(reason) ? "kugetsu env set" : "Allowed")
    })
  }
})

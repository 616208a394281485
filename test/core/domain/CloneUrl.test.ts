import { expect, test } from "bun:test"
import {
  hostOf,
  httpOrigin,
  isLoopback,
  readCloneUrl,
  sameRepository,
  withoutSecrets,
} from "@kugetsu/core/domain/CloneUrl"

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
})

test("an origin has host and port and no login; only HTTP has one", () => {
  expect(httpOrigin(readCloneUrl("https://bob@h.example:8443/a/b"))).toBe("https://h.example:8443")
  expect(httpOrigin(readCloneUrl("git@h.example:a/b"))).toBeNull()
  expect(hostOf(readCloneUrl("ssh://git@h:22/a"))).toBe("h:22")
})

test("transport, port, login and .git do not make another repository; host and path do", () => {
  const same = (a: string, b: string) => sameRepository(readCloneUrl(a), readCloneUrl(b))
  expect(same("https://h/a/b.git", "git@h:a/b")).toBe(true)
  expect(same("https://h:3000/a/b", "ssh://git@h:2222/a/b.git")).toBe(true)
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

test("logins in addresses and tokens anywhere are masked, and the rest stays", () => {
  expect(withoutSecrets("fatal: unable to access 'https://bob:s3c@ret@h/r.git/': no")).toBe(
    "fatal: unable to access 'https://***@h/r.git/': no",
  )
  expect(withoutSecrets("https://s3cret@h/r and ssh://git@h/r and ssh://git:pw@h/r")).toBe(
    "https://***@h/r and ssh://git@h/r and ssh://***@h/r",
  )
  expect(withoutSecrets("bad ghp_abcdefghijklmnop1234 and glpat-abcdefghijklmnopqrst.")).toBe("bad *** and ***.")
  expect(withoutSecrets("git@github.com:a/b.git")).toBe("git@github.com:a/b.git")
})

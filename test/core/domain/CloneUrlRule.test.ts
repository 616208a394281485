import { describe, expect, test } from "bun:test"
import { cloneUrlFault } from "@kugetsu/core/domain/CloneUrlRule"

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
    test(url, () => expect(cloneUrlFault(url)).toBeUndefined())
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
    ["relative/path", "neither"],
    ["../up", "neither"],
    ["~/b.git", "neither"],
    ["C:\\repo", "neither"],
  ] as const) {
    test(JSON.stringify(url), () => {
      const fault = cloneUrlFault(url)
      expect(fault?.reason).toContain(reason)
      expect(JSON.stringify(fault)).not.toContain("hunter2")
      expect(fault?.allowed).toContain(/credentials|password/.test(reason) ? "kugetsu env set" : "Allowed")
    })
  }
})

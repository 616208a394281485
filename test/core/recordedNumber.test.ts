import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { recordedNumber } from "@kugetsu/core/recordedNumber"
import { requirePullRequest } from "@kugetsu/core/requirePullRequest"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const refOf = (text: string) => Result.getOrThrow(parseIssueRef(text))
const issue = refOf("git.local/ann/tool#4")

/** Servers under a sub-path, and in `repos` where the code is. */
const stage = Effect.fnUntraced(function* (repos: Readonly<Record<string, string>> = {}) {
  const root = yield* temporaryDirectory
  const write = (file: string, record: unknown) => fs.writeFileSync(path.join(root, file), JSON.stringify(record))
  write("servers.json", { servers: [{ name: "own", url: "https://git.local/git", type: "gitea" }] })
  write("repos.json", repos)
  const layers = Servers.layer.pipe(
    Layer.provide(Settings.layer),
    Layer.provide(KugetsuHome.at(root)),
    Layer.provide(Layer.succeed(HostEnvironment, {})),
  )
  return <A, E>(body: Effect.Effect<A, E, Servers>) => Effect.provide(body, layers)
})

effectTest("a recorded pull request is asked for where the code goes: under the server's path, and in the fork", () =>
  Effect.gen(function* () {
    for (const [clone, own, others] of [
      [null, "https://git.local/git/ann/Tool/pulls/7", ["https://github.com/ann/tool/pull/7"]],
      // the name of the server stands for its host
      [null, "https://own/ann/tool/pulls/7", ["https://git.local/git/ann/tool/issues/7"]],
      ["https://gitlab.com/a/b/c.git", "https://gitlab.com/a/b/c/-/merge_requests/7", []],
      [
        "git@git.local:me/fork.git",
        "https://git.local/git/me/fork/pulls/7",
        ["https://git.local/git/ann/tool/pulls/7"],
      ],
      [
        "https://github.com/me/fork.git",
        "https://github.com/me/fork/pull/7",
        ["https://git.local/git/me/fork/pulls/7"],
      ],
    ] as const) {
      const at = yield* stage(clone === null ? {} : { [issue.repositoryKey]: clone })
      expect(yield* at(recordedNumber(issue, own))).toBe(7)
      expect(yield* at(requirePullRequest(issue, `${own}/files`))).toEqual({ number: 7, url: own })
      for (const other of [...others, "https://git.local/git/ann/other/pulls/7"]) {
        expect(yield* at(recordedNumber(issue, other))).toBeNull()
        expect(yield* Effect.flip(at(requirePullRequest(issue, other)))).toMatchObject({ _tag: "NotItsPullRequest" })
      }
    }
  }),
)

effectTest("an issue that is a pull request has its own number, and a repository on this machine none", () =>
  Effect.gen(function* () {
    const at = yield* stage({ [issue.repositoryKey]: "/srv/git/tool.git" })
    expect(yield* at(recordedNumber(refOf("git.local/ann/tool#pr-9"), "https://git.local/git/a/b/pulls/7"))).toBe(9)
    expect(yield* at(recordedNumber(issue, null))).toBeNull()
    expect(yield* at(recordedNumber(issue, "https://git.local/ann/tool/pulls/7"))).toBeNull()
    expect(yield* at(requirePullRequest(issue, "https://git.local/ann/tool/pulls/7"))).toMatchObject({ number: 7 })
  }),
)

effectTest("a record that cannot be read is no missing number", () =>
  Effect.gen(function* () {
    const at = yield* stage({ [issue.repositoryKey]: "ext::sh -c true" })
    expect(yield* Effect.flip(at(recordedNumber(issue, "https://git.local/git/ann/tool/pulls/7")))).toMatchObject({
      _tag: "ConfigInvalid",
    })
  }),
)

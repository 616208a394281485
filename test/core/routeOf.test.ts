import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { routeOf } from "@kugetsu/core/routeOf"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

interface Known {
  /** Refs of sessions, each with its pull request or without. */
  readonly sessions?: Readonly<Record<string, string | null>>
  /** Keys of repos.json. */
  readonly repos?: ReadonlyArray<string>
}

/** Where messages go in a home that knows these. */
const routes = Effect.fnUntraced(function* ({ repos = [], sessions = {} }: Known, ...messages: ReadonlyArray<string>) {
  const root = yield* temporaryDirectory
  fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify(Object.fromEntries(repos.map((key) => [key, "x"]))))
  const layers = Servers.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(Settings.layer, Sessions.layer)),
    Layer.provideMerge(KugetsuHome.at(root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, {})),
  )
  return yield* Effect.gen(function* () {
    for (const [text, pr_url] of Object.entries(sessions)) {
      const ref = yield* Effect.fromResult(parseIssueRef(text))
      yield* (yield* Sessions).update(ref, (session) => ({ ...session, pr_url }))
    }
    return yield* Effect.forEach(messages, (message) => Effect.map(routeOf(message), shown))
  }).pipe(Effect.provide(layers))
})

const shown = (route: Effect.Success<ReturnType<typeof routeOf>>) =>
  route._tag === "Issue" ? [route.issue.toString(), route.number] : (route.unplaced ?? route.named ?? "PM")

effectTest("a number alone is the issue of the one repository that sessions and repos.json know", () =>
  Effect.gen(function* () {
    const messages = ["fix #14", "review PR #92", "#14, I said #14"]
    const expected = (repository: string) => [
      [`${repository}#14`, "#14"],
      [`${repository}#pr-92`, "PR #92"],
      [`${repository}#14`, "#14"],
    ]
    const tool = "git.example/a/tool"
    expect(yield* routes({ sessions: { [`${tool}#3`]: null } }, ...messages)).toEqual(expected(tool))
    expect(yield* routes({ repos: [tool] }, ...messages)).toEqual(expected(tool))
    expect(yield* routes({ repos: ["git.example/A/Tool#5", tool], sessions: { [`${tool}#3`]: null } }, "#14")).toEqual([
      [`${tool}#14`, "#14"],
    ])
    // as the first manual wrote them
    expect(yield* routes({ repos: ["git.example/a tool"] }, "#14")).toEqual([[`${tool}#14`, "#14"]])
  }),
)

effectTest("with no repository or several, or several numbers, the PM is told what may be meant", () =>
  Effect.gen(function* () {
    const two = ["git.example/a/tool", "git.example/a/site"]
    expect(yield* routes({ repos: two, sessions: { "git.example/a/tool#14": null } }, "fix #14 and #15")).toEqual([
      { numbers: ["#14", "#15"], repositories: two },
    ])
    expect(yield* routes({}, "fix #14")).toEqual([{ numbers: ["#14"], repositories: [] }])
    const [several] = yield* routes({ repos: ["git.example/a/tool"] }, "fix #14 and #15")
    expect(several).toMatchObject({ first: [{ identifier: "14" }, { identifier: "15" }], more: 0 })
    expect(yield* routes({ repos: two }, "tidy up", "paint it #336699")).toEqual(["PM", "PM"])
  }),
)

effectTest("what is named in full decides, and a pull request's number means the session that works on it", () =>
  Effect.gen(function* () {
    const url = "https://git.example/a/tool/pulls/92"
    const known = { repos: ["git.example/a/site"], sessions: { "git.example/a/tool#3": url } }
    expect(
      yield* routes(known, "review PR #92", "git.example/a/site#4, which is like #14", `see ${url}`, "PR #93"),
    ).toEqual([
      ["git.example/a/tool#3", "PR #92"],
      ["git.example/a/site#4", undefined],
      ["git.example/a/tool#3", undefined],
      { numbers: ["PR #93"], repositories: ["git.example/a/tool", "git.example/a/site"] },
    ])
  }),
)

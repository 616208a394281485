import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { newIssueSession } from "@kugetsu/core/domain/Session"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/**
 * Homes as they were written once. They must load for ever: add directories, never change one.
 */
const copyOf = (sample: string) =>
  Effect.map(temporaryDirectory, (dir) => {
    const home = path.join(dir, "home")
    fs.cpSync(path.join(import.meta.dirname, sample), home, { recursive: true })
    return {
      home,
      layer: Layer.mergeAll(Sessions.layer, Runs.layer).pipe(Layer.provideMerge(KugetsuHome.at(home))),
    }
  })

const issue = (instance: string, identifier: string) =>
  IssueRef.make({ instance, owner: "shoko", repository: "kugetsu", identifier })

effectTest("a directory of the first kugetsu loads whole, with null for what it did not know", () =>
  Effect.gen(function* () {
    const { home, layer } = yield* copyOf("first-kugetsu")
    yield* Effect.gen(function* () {
      const sessions = yield* Sessions
      expect(yield* sessions.status).toBe("ok")
      const all = yield* sessions.list
      expect(all.map(({ session }) => [session.type, session.issue_ref, session.opencode_session_id])).toEqual([
        ["base", null, "ses_abc123"],
        ["pm_agent", null, "ses_pm_xyz789"],
        ["forked", "git.example.org:3000/shoko/kugetsu#69", null],
        ["forked", "github.com/shoko/kugetsu#-discuss", "ses_disc42"],
        ["forked", "github.com/shoko/kugetsu#14", "ses_xyz789"],
        ["forked", "release-notes", "ses_free1"],
      ])
      const oldest = Option.getOrThrow(yield* sessions.find(issue("github.com", "14")))
      expect(oldest.session).toEqual({
        ...newIssueSession(issue("github.com", "14"), "2026-03-29T18:16:10+02:00"),
        opencode_session_id: "ses_xyz789",
        worktree_path: "/home/user/.kugetsu/worktrees/github.com-shoko-kugetsu-14",
      })
      const odd = all.at(-1)?.session
      expect([odd?.pr_url, odd?.branch_name]).toEqual([null, null])
      const ported = yield* sessions.find(issue("git.example.org:3000", "69"))
      expect(Option.getOrThrow(ported).name).toBe("git.example.org:3000-shoko-kugetsu-69")
      expect(JSON.parse(fs.readFileSync(path.join(home, "index.json"), "utf8")).issues).toEqual({
        "git.example.org:3000/shoko/kugetsu#69": "git.example.org:3000-shoko-kugetsu-69.json",
        "github.com/shoko/kugetsu#-discuss": "github.com-shoko-kugetsu--discuss.json",
        "github.com/shoko/kugetsu#14": "github.com-shoko-kugetsu-14.json",
        "release-notes": "release-notes.json",
      })
    }).pipe(Effect.provide(layer))
  }),
)

effectTest("sessions and runs of version 1 load whole, and are written back as they were", () =>
  Effect.gen(function* () {
    const { home, layer } = yield* copyOf("version-1")
    const read = (...file: ReadonlyArray<string>) => fs.readFileSync(path.join(home, ...file), "utf8")
    const indexBefore = read("index.json")
    const sessionBefore = read("sessions", "github.com-shoko-kugetsu-14.json")
    yield* Effect.gen(function* () {
      const sessions = yield* Sessions
      expect(yield* sessions.status).toBe("ok")
      yield* sessions.update(issue("github.com", "14"), (session) => session)
      const [run] = yield* (yield* Runs).list
      const directory = path.join("runs", "r_20261120T063012_k3f9qa")
      for (const part of ["request", "supervisor", "started", "agent", "stop", "exit"] as const) {
        // fields that came later have their defaults beside it
        expect<unknown>(run?.[part]).toMatchObject(JSON.parse(read(directory, `${part}.json`)))
      }
    }).pipe(Effect.provide(layer))
    expect(read("index.json")).toBe(indexBefore)
    expect(read("sessions", "github.com-shoko-kugetsu-14.json")).toBe(sessionBefore)
  }),
)

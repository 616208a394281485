import { Polls } from "@kugetsu/core/domain/Polls"
import { Runs } from "@kugetsu/core/Runs"
import { jsonFile } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"

/** As it was written once. It must load for ever: add directories, never change one. */
const sample = path.join(import.meta.dirname, "version-1-pull-requests")
const read = (...file: ReadonlyArray<string>): unknown =>
  JSON.parse(fs.readFileSync(path.join(sample, ...file), "utf8"))

effectTest("what came of a run's pull request loads whole, and completes the outcome that stands beside it", () =>
  Effect.gen(function* () {
    const [run] = yield* (yield* Runs).list
    expect<unknown>(run?.pullRequest).toEqual(read("runs", run!.request.run, "pull-request.json"))
    expect(run?.exit).toMatchObject({
      outcome: "pr_opened",
      pr_url: "https://github.com/shoko/kugetsu/pull/31",
      pull_request_due: { open: "ready", branch: "fix/issue-14", base: "main" },
    })
  }).pipe(Effect.provide(Layer.provideMerge(Runs.layer, KugetsuHome.at(sample)))),
)

effectTest("what the daemon knew of pull requests loads whole", () =>
  Effect.gen(function* () {
    const polls = yield* jsonFile(Polls).find(path.join(sample, "queue", "polls.json"))
    expect<unknown>(Option.getOrThrow(polls)).toEqual(read("queue", "polls.json"))
  }),
)

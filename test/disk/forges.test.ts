import { expect } from "bun:test"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { knownForges } from "@kugetsu/forge/KnownForges"
import { Effect } from "effect"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"

effectTest("forges.json of version 1 tells what the servers are", () =>
  Effect.gen(function* () {
    const { find } = yield* knownForges
    expect(yield* find("https://git.example.org/lab")).toBe("gitlab")
    expect(yield* find("http://git.local:3000")).toBe("gitea")
    expect(yield* find("https://git.example.org")).toBe(null)
    expect(yield* find("constructor")).toBe(null)
  }).pipe(Effect.provide(KugetsuHome.at(path.join(import.meta.dirname, "version-1-forges")))),
)

import { Contexts } from "@kugetsu/core/Contexts"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const owner = { name: "github.com-shoko-kugetsu-14", issueRef: "github.com/shoko/kugetsu#14" }

/** Contexts as they were written once. They must load for ever: add directories, never change one. */
const inCopyOf = <A, E>(sample: string, body: (record: () => any) => Effect.Effect<A, E, Contexts>) =>
  Effect.flatMap(temporaryDirectory, (home) => {
    fs.cpSync(path.join(import.meta.dirname, sample), home, { recursive: true })
    const record = () => JSON.parse(fs.readFileSync(path.join(home, "context", `${owner.name}.json`), "utf8"))
    return Effect.provide(
      body(record),
      Contexts.layer.pipe(
        Layer.provide(EnvFiles.layer),
        Layer.provide(KugetsuHome.at(home)),
        Layer.provide(Layer.succeed(HostEnvironment, {})),
      ),
    )
  })

effectTest("a context of the first kugetsu loads whole, and what it has stays when it is written anew", () =>
  inCopyOf("first-kugetsu-context", (record) =>
    Effect.gen(function* () {
      const contexts = yield* Contexts
      const before = record()
      const context = Option.getOrThrow(yield* contexts.find(owner))
      expect([context.session, context.runs]).toEqual([null, []])
      expect(context.conversation_history.map(({ id, role, tools }) => [id, role, tools])).toEqual([
        [null, "user", []],
        [null, "assistant", []],
        [null, "user", []],
      ])
      yield* contexts.change(owner, (context) => context)
      expect(record()).toMatchObject({ ...before, version: 1 })
    }),
  ),
)

effectTest("a context of version 1 loads whole, and is written back as it was", () =>
  inCopyOf("version-1-context", (record) =>
    Effect.gen(function* () {
      const contexts = yield* Contexts
      const before = record()
      expect<unknown>(Option.getOrThrow(yield* contexts.find(owner))).toEqual(before)
      yield* contexts.change(owner, (context) => context)
      expect(record()).toEqual(before)
    }),
  ),
)

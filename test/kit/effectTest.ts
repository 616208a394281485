import { test } from "bun:test"
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import { Processes } from "@kugetsu/core/system/Processes"
import { Effect, Layer, type Scope } from "effect"

/** The real `Processes`, for tests that run git, opencode and the like. */
export const ProcessesLive = Processes.layer.pipe(
  Layer.provide(
    NodeChildProcessSpawner.layer.pipe(Layer.provide(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer))),
  ),
)

/** A test whose body is an Effect with a scope; it must provide its own layers. */
export const effectTest = <A, E>(name: string, body: () => Effect.Effect<A, E, Scope.Scope>, timeoutMs?: number) =>
  test(name, () => Effect.runPromise(Effect.scoped(Effect.suspend(body))).then(() => undefined), timeoutMs)

/** One that takes long, and for which a shorter one stands otherwise: it runs with KUGETSU_LONG_TESTS=1 alone. */
export const longTest: typeof effectTest =
  process.env.KUGETSU_LONG_TESTS === "1"
    ? effectTest
    : (name) => test.skip(`${name} (needs KUGETSU_LONG_TESTS=1)`, () => undefined)

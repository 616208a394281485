import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { Launcher, type LaunchRequest } from "@kugetsu/core/Launcher"
import * as ProgramLauncher from "@kugetsu/core/ProgramLauncher"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { kugetsuProgram } from "../kit/kugetsuProgram.ts"
import { type QueueStage, queueStage, ref, until } from "../kit/queueStage.ts"

const request = (issue: number, message = "go"): LaunchRequest => ({
  agent: "dev",
  issue: Result.getOrThrow(parseIssueRef(ref(issue))),
  message,
  debug: false,
  item: null,
})

/** What a program that is not kugetsu comes to with a request. */
const asked = (stage: QueueStage, asked: LaunchRequest, program: string, env = {}) =>
  Effect.flatMap(Launcher, (launcher) => Effect.result(launcher.launch(asked))).pipe(
    Effect.provide(
      Layer.provide(ProgramLauncher.layer(program), Layer.merge(ProcessesLive, KugetsuHome.at(stage.kugetsuHome))),
    ),
    Effect.provideService(HostEnvironment, { ...stage.env, ...env }),
  )

effectTest(
  "another program's run has its message to the byte, and what stands in the way of the next one is told",
  () =>
    Effect.gen(function* () {
      const stage = yield* queueStage({ run: { hang: true } })
      const program = kugetsuProgram(path.join(stage.home, "bin"))
      const message = `-- "it's"\n\`$HOME\` \u{1f319}${"x".repeat(900_000)}`
      const run = Result.getOrThrow(yield* asked(stage, request(1, message), program))
      const turns = () => stage.opencode.starts().filter(({ args }) => args[0] === "run")
      const [turn] = yield* until("its agent works", () => turns().length > 0 && turns())
      expect(turn?.stdin?.endsWith(message)).toBe(true)

      const busy = yield* asked(stage, request(1), program)
      expect(busy).toMatchObject({ failure: { _tag: "LaunchRefused", error: "IssueBusy", code: 75 } })
      const full = yield* asked(stage, request(2), program, { MAX_CONCURRENT_AGENTS: "1" })
      expect(full).toMatchObject({ failure: { _tag: "LaunchRefused", error: "LimitReached", code: 2 } })
      const inside = yield* asked(stage, request(2), program, { KUGETSU_RUN: run })
      expect(inside).toMatchObject({ failure: { error: "UsageError", message: `this is inside run ${run}`, code: 64 } })
    }),
)

effectTest("a kugetsu that is missing, or that does not know the question, is told as that", () =>
  Effect.gen(function* () {
    const stage = yield* queueStage()
    const missing = yield* asked(stage, request(1), path.join(stage.home, "nothing"))
    expect(missing).toMatchObject({ failure: { _tag: "ProgramMissing" } })
    for (const [name, script] of [
      ["old", "echo 'Unknown subcommand' >&2; exit 64"],
      ["odd", "echo hello"],
    ] as const) {
      const program = path.join(stage.home, name)
      fs.writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      const answer = yield* asked(stage, request(1), program)
      expect(answer).toMatchObject({ failure: { _tag: "LaunchRefused", error: "Unanswered" } })
    }
  }),
)

import { expect } from "bun:test"
import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { Contexts } from "@kugetsu/core/Contexts"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { newIssueSession } from "@kugetsu/core/domain/Session"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { GitAccess } from "@kugetsu/core/GitAccess"
import { Notifications } from "@kugetsu/core/Notifications"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { Git } from "@kugetsu/core/system/Git"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { PmShell } from "@kugetsu/daemon/ensurePmShell"
import { preparePm } from "@kugetsu/daemon/preparePm"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { aRunId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const run = aRunId()

/** Prepares turns of the PM in one home, whose record names `recorded`; tells for which earlier session each was asked. */
const pmHome = Effect.fnUntraced(function* (recorded: string | null = "ses_pm") {
  const root = path.join(yield* temporaryDirectory, "a home")
  const asked: Array<string | null> = []
  const layers = Layer.mergeAll(
    AgentEnvironment.layer,
    Layer.mock(Agent, {
      ensureSession: ({ name }: AgentPlace, { known }) =>
        Effect.sync(() => {
          asked.push(known)
          fs.mkdirSync(path.join(root, "agents", name), { recursive: true })
          fs.writeFileSync(path.join(root, "agents", name, "opencode.db"), "")
          return known ?? "ses_new"
        }),
      remembers: () => {
        const isNew = recorded === null && asked.length === 1
        return Effect.succeed({ messages: 1, isKept: true, untold: isNew ? { from: "kept", refused: ["no"] } : null })
      },
      exportEarlier: () => Effect.succeed({ _tag: "Left", reason: "it is not there" }),
      whereabouts: ({ directory }) => Effect.succeed({ owner: "pm-agent", directory }),
    }),
  ).pipe(
    Layer.provideMerge(Layer.mergeAll(EnvFiles.layer, Servers.layer, Layer.mock(GitAccess, {}), Layer.mock(Git, {}))),
    Layer.provideMerge(Layer.mergeAll(Notifications.layer, Contexts.layer)),
    Layer.provideMerge(Layer.mergeAll(Settings.layer, Sessions.layer)),
    Layer.provideMerge(KugetsuHome.at(root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, { HOME: root, PATH: "/usr/bin:/bin", SHELL: "/bin/bash" })),
    Layer.provideMerge(Layer.succeed(PmShell, ["printf", "<%s>", "it's run in"])),
  )
  yield* Effect.gen(function* () {
    const issue = yield* Effect.fromResult(parseIssueRef("github.com/a/b#1"))
    const session = { ...newIssueSession(issue, "2026-11-20T06:30:12.000Z"), issue_ref: null }
    yield* (yield* Sessions).put("pm-agent", { ...session, opencode_session_id: recorded })
    yield* (yield* Sessions).update(issue, (made) => made)
  }).pipe(Effect.provide(layers))
  const prepare = (message: string | null) =>
    preparePm(runRequest(run, { agent: "pm-agent", issue_ref: null, message }), "/tmp").pipe(Effect.provide(layers))
  const record = Effect.map(
    Sessions.use(({ pm }) => pm),
    Option.getOrThrow,
  ).pipe(Effect.provide(layers))
  return { root, asked, prepare, record }
})

effectTest("each turn of the PM is in its one session, with a shell of kugetsu's own and the settings of its run", () =>
  Effect.gen(function* () {
    const { asked, prepare, root } = yield* pmHome()
    for (const message of ["tidy up", "and more"]) {
      const { place, prompt, session } = yield* prepare(message)
      expect(session).toBe("ses_pm")
      expect(prompt).toEndWith(`\n${message}`)
      expect(place).toMatchObject({ directory: path.join(root, "pm"), shell: path.join(root, "pm", "shell") })
      expect(place.env).toMatchObject({ KUGETSU_RUN: run, KUGETSU_SETTINGS_RUN: run })
      expect(fs.statSync(place.shell!).mode & 0o777).toBe(0o700)
      const { stdout } = Bun.spawnSync([place.shell!, "-c", "kugetsu list '$(x)'"])
      expect(stdout.toString()).toBe("<it's run in><-c><kugetsu list '$(x)'>")
    }
    expect(asked).toEqual(["ses_pm", "ses_pm"])
  }),
)

effectTest("a session that was made for the PM is recorded, and how it was made is said once", () =>
  Effect.gen(function* () {
    const { asked, prepare, record } = yield* pmHome(null)
    const first = yield* prepare("tidy up")
    expect(first.prompt).toStartWith("This conversation was made anew from a copy.")
    expect(first.notes).toEqual(["no", "its session was made anew from the copy of it"])
    expect((yield* record).opencode_session_id).toBe("ses_new")
    const next = yield* prepare("and more")
    expect([next.prompt.startsWith("This conversation"), next.notes]).toEqual([false, []])
    expect(asked).toEqual([null, "ses_new"])
  }),
)

effectTest("what the PM's session could not be made from gets into the evidence", () =>
  Effect.gen(function* () {
    const { prepare } = yield* pmHome("ses_gone")
    expect((yield* prepare("tidy up")).notes[0]).toBe(
      "session ses_gone is not in this home, and could not be taken along: it is not there",
    )
  }),
)

effectTest("the PM is told what its message may mean, or why that could not be looked up", () =>
  Effect.gen(function* () {
    const { prepare, root } = yield* pmHome()
    expect((yield* prepare("close #7")).prompt).toContain("The message names github.com/a/b#7.")
    fs.writeFileSync(path.join(root, "sessions", "github.com-a-b-1.json"), "{")
    expect((yield* prepare("close #7")).prompt).toMatch(/could not be looked up: .*github\.com-a-b-1\.json/)
    expect((yield* prepare(null)).prompt).toEndWith("Continue from where you stopped.")
  }),
)

effectTest("without usable instructions of the person's the PM is not started under other ones", () =>
  Effect.gen(function* () {
    const { asked, prepare, root } = yield* pmHome()
    const file = path.join(root, "pm-agent.md")
    fs.writeFileSync(file, " \n")
    expect(yield* Effect.flip(prepare("go"))).toMatchObject({ _tag: "PmInstructionsEmpty", path: file })
    expect(asked).toEqual([])
    fs.writeFileSync(file, "Ours.\n")
    expect((yield* prepare("go")).prompt).toStartWith("Ours.\n\n")
  }),
)

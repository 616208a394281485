import { expect } from "bun:test"
import { Agent } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Contexts } from "@kugetsu/core/Contexts"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { GitAccess } from "@kugetsu/core/GitAccess"
import { Notifications } from "@kugetsu/core/Notifications"
import { Runs } from "@kugetsu/core/Runs"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { Git } from "@kugetsu/core/system/Git"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Pace } from "@kugetsu/daemon/Pace"
import { prepare } from "@kugetsu/daemon/Workplace"
import { Forge } from "@kugetsu/forge/Forge"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { GitBox } from "../kit/git.ts"
import { gitForge } from "../kit/gitForge.ts"
import { aRunId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

effectTest("a forge that never answers keeps a preparation waiting once, whatever it is asked", () =>
  Effect.gen(function* () {
    const box = new GitBox(yield* temporaryDirectory)
    const forge = yield* gitForge(box)
    const remote = box.remote("ann/tool.git")
    const root = path.join(box.dir, "home")
    fs.mkdirSync(path.join(root, "env"), { recursive: true })
    fs.writeFileSync(path.join(root, "servers.json"), JSON.stringify({ servers: [forge.server] }))
    fs.writeFileSync(path.join(root, "env", "default.env"), forge.token)
    box.run(box.dir, "config", "--global", `url.${remote}.insteadOf`, `${forge.url}/ann/tool.git`)
    forge.beforeAnswer = () => new Promise(() => {})
    const ref = new IssueRef({ instance: forge.host, owner: "ann", repository: "tool", identifier: "1" })
    const layers = Layer.mergeAll(
      Worktrees.layer,
      Layer.mock(Agent, {
        ensureSession: () => Effect.succeed("ses_1"),
        remembers: () => Effect.succeed({ messages: 0, isKept: false, untold: null }),
        whereabouts: ({ directory }) =>
          Effect.succeed({ owner: ref.toString(), directory: fs.realpathSync(directory) }),
      }),
      Layer.mock(AgentEnvironment, { build: () => Effect.succeed({}) }),
      Contexts.layer,
      Notifications.layer,
      Runs.layer,
    ).pipe(
      Layer.provideMerge(Layer.mergeAll(GitAccess.layer, Forge.layer)),
      Layer.provideMerge(Layer.mergeAll(Git.layer.pipe(Layer.provide(ProcessesLive)), EnvFiles.layer, Servers.layer)),
      Layer.provideMerge(Layer.mergeAll(Settings.layer, Sessions.layer, Notifications.layer)),
      Layer.provideMerge(KugetsuHome.at(root)),
      Layer.provideMerge(Layer.succeed(HostEnvironment, box.env)),
    )
    const request = runRequest(aRunId(), { issue_ref: ref.toString() })
    const { issue, prompt } = yield* Effect.gen(function* () {
      // whether it was merged is asked before the branch is taken up again
      yield* (yield* Sessions).update(ref, (session) => ({ ...session, branch_name: "fix/issue-1" }))
      return yield* prepare(request, box.dir)
    }).pipe(Effect.provideService(Pace, { ...(yield* Pace), preparationForgeMs: 200 }), Effect.provide(layers))
    expect(forge.calls).toHaveLength(1)
    expect(issue?.before.pullRequest).toMatchObject({
      pullRequest: null,
      unknown: expect.stringContaining("waited for"),
    })
    expect(issue?.untold).toEqual([
      expect.stringContaining("the issue could not be read"),
      expect.stringMatching(/whether there is a pull request is not known, and its reviews .*: .*waited for/),
    ])
    for (const sentence of issue!.untold) expect(prompt).toContain(sentence)
    expect([issue?.worktree.branch, prompt.includes("fix/issue-1")]).toEqual(["fix/issue-1", true])
  }),
)

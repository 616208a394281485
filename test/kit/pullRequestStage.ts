import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { FakeAct } from "./fakeOpencode.ts"
import { gitForge } from "./gitForge.ts"
import { fakeStage } from "./stage.ts"

/** What an agent's shell does that commits, and one that pushes too. */
export const WORK = "echo work >>work.txt && git add . && git commit -qm 'mend it'"
export const PUSH = `${WORK} && git push -q origin HEAD`

/** A stage whose issue has a forge; `agent` is what the agent does. */
export const pullRequestStage = Effect.fnUntraced(function* (agent: FakeAct | ReadonlyArray<FakeAct>, config = "") {
  const made = yield* fakeStage()
  const forge = yield* gitForge(made.git)
  made.git.remote("ann/tool.git")
  const at = (...parts: ReadonlyArray<string>) => path.join(made.kugetsuHome, ...parts)
  fs.writeFileSync(at("servers.json"), JSON.stringify({ version: 1, servers: [forge.server] }))
  fs.writeFileSync(at("env", "default.env"), forge.token)
  fs.appendFileSync(at("config"), config)
  made.opencode.plan({ run: agent })
  const issue = forge.openIssue("The form is broken")
  const ref = `${forge.host}/ann/tool#${issue}`
  const listed = Effect.map(made.json(["list"]), ({ answer }) => answer.at(-1))
  const notified = Effect.map(made.json(["notify", "list"]), ({ answer }) => answer as ReadonlyArray<any>)
  /** A daemon that is ended with its scope. */
  const daemon = Effect.acquireRelease(
    Effect.sync(() => made.start(["queue-daemon", "run", "--quiet"])),
    (child) =>
      Effect.promise(() => {
        child.kill("SIGTERM")
        return child.exited
      }),
  )
  return { ...made, daemon, forge, ref, issue, at, listed, notified }
})

/** Waits until it is so. */
export const soon = (look: () => boolean) =>
  Effect.promise(async () => {
    for (let tries = 0; !look() && tries < 1200; tries++) await Bun.sleep(50)
    expect(look()).toBe(true)
  })

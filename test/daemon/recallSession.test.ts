import { expect } from "bun:test"
import { Agent } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { Contexts } from "@kugetsu/core/Contexts"
import { withConversation } from "@kugetsu/core/domain/extendContext"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { Notifications } from "@kugetsu/core/Notifications"
import { Opencode } from "@kugetsu/core/opencode/Opencode"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { prepare, type Workplace } from "@kugetsu/daemon/Workplace"
import { Database } from "bun:sqlite"
import { DateTime, Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { runTurn } from "../kit/agentTurns.ts"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { fakeOpencode, goodTurn } from "../kit/fakeOpencode.ts"
import { layOutFirstHome } from "../kit/firstHome.ts"
import { GitBox } from "../kit/git.ts"
import { gitLayers, noForges } from "../kit/gitLayers.ts"
import { aRunId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = (identifier: string) =>
  new IssueRef({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier })
const fourteen = "ses_2b8e511a5ffeIssueFourteen00"

/** A home of the first kugetsu, whose session of #14 is in the person's own opencode, and runs in it. */
const world = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, ".kugetsu")
  const first = layOutFirstHome(root, box, box.remote("kugetsu.git"))
  const worktree = first.worktree("14")
  first.record("14", { worktree_path: worktree })
  const storage = path.join(box.dir, ".local", "share", "opencode")
  fs.mkdirSync(storage, { recursive: true })
  {
    using db = new Database(path.join(storage, "opencode.db"))
    db.run("CREATE TABLE session (id TEXT, directory TEXT, document TEXT)")
    const messages = [{ info: { id: "msg_0", role: "user" }, parts: [{ id: "prt_0", type: "text", text: "long ago" }] }]
    const document = JSON.stringify({ info: { id: fourteen }, messages })
    db.query("INSERT INTO session VALUES (?, ?, ?)").run(fourteen, worktree, document)
  }
  const fake = fakeOpencode(path.join(box.dir, "fake"))
  const env = { ...box.env, HOME: box.dir, OPENCODE_BIN: fake.program }
  const layers = Layer.mergeAll(Opencode.layer, AgentEnvironment.layer, Notifications.layer, Runs.layer, noForges).pipe(
    Layer.provideMerge(gitLayers({ root, env })),
    Layer.provideMerge(ProcessesLive),
  )
  const services = yield* Layer.build(layers)
  const tmp = path.join(box.dir, "tmp")
  fs.mkdirSync(tmp)
  const begin = (ref: IssueRef) =>
    prepare(runRequest(aRunId(), { issue_ref: ref.toString() }), tmp).pipe(Effect.provide(services))
  /** What the end of a run leaves, in which the agent said this; null: it ended before its prompt was stored. */
  const end = (ref: IssueRef, { place, prompt, session }: Workplace, said: string | null) =>
    Effect.gen(function* () {
      const begun = timestamp(yield* DateTime.now)
      fake.plan({ run: { events: goodTurn(said ?? "") } })
      if (said !== null) yield* runTurn(place, session, prompt)
      const agent = yield* Agent
      yield* agent.keepExport(place, session)
      const conversation = Option.getOrThrow(yield* agent.conversation(place.name, session))
      yield* (yield* Contexts).change({ name: place.name, issueRef: ref.toString() }, (context) =>
        withConversation(context, conversation, begun),
      )
    }).pipe(Effect.provide(services))
  const loseStorage = (name: string) =>
    KugetsuHome.use((home) => Effect.sync(() => fs.rmSync(home.agent(name).dir, { recursive: true }))).pipe(
      Effect.provide(services),
    )
  return { begin, end, loseStorage }
})

const RESTORED = "This conversation was made anew from a copy."
const PLAIN = "You work on the issue"
const DIGEST = "# Earlier work"

effectTest("where a conversation is taken along once more, the agent is told of all that came after it", () =>
  Effect.gen(function* () {
    const { begin, end, loseStorage } = yield* world
    const ref = issue("14")
    const taken = yield* begin(ref)
    expect([taken.session, taken.prompt.startsWith(RESTORED), taken.notes]).toEqual([
      fourteen,
      true,
      ["its conversation was taken along from elsewhere"],
    ])
    yield* end(ref, taken, "The parser is done.")
    const second = yield* begin(ref)
    expect([second.prompt.startsWith(PLAIN), second.notes]).toEqual([true, []])
    yield* end(ref, second, "The printer is done.")

    yield* loseStorage(taken.place.name)
    const again = yield* begin(ref)
    expect(again.session).toBe(fourteen)
    expect(again.prompt).toStartWith(DIGEST)
    expect(again.prompt).toContain("The printer is done.")
    expect(again.notes).toEqual(["its session lacks earlier work, and was given a digest of its context"])
    yield* end(ref, again, "Well.")
    expect((yield* begin(ref)).prompt).toStartWith(PLAIN)
  }),
)

effectTest("what an agent must be told of its session it is told by the first turn that begins", () =>
  Effect.gen(function* () {
    const { begin, end, loseStorage } = yield* world
    const [known, fresh] = [issue("14"), issue("99")]
    // the preparation is killed or refused after it made the session
    yield* begin(known)
    const taken = yield* begin(known)
    expect([taken.prompt.startsWith(RESTORED), taken.notes.length]).toEqual([true, 1])

    const first = yield* begin(fresh)
    expect(first.prompt).toStartWith(PLAIN)
    yield* end(fresh, first, "The lexer is done.")
    yield* loseStorage(first.place.name)
    const told = yield* begin(fresh)
    expect(told.prompt).toStartWith(DIGEST)
    expect(told.notes).toEqual([
      expect.stringMatching(/^session ses_\w+ is not in this home, and could not be taken along: it is not in /),
      `its record named session ${first.session}; it is ${told.session}`,
      expect.stringContaining("given a digest"),
    ])
    yield* end(fresh, told, null)
    const next = yield* begin(fresh)
    expect([next.session, next.prompt.startsWith(DIGEST)]).toEqual([told.session, true])
    expect(next.prompt).toContain("The lexer is done.")
    yield* end(fresh, next, "Well.")
    expect((yield* begin(fresh)).prompt).toStartWith(PLAIN)
  }),
)

import { expect } from "bun:test"
import { Agent } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { Session } from "@kugetsu/core/domain/Session"
import { Notifications } from "@kugetsu/core/Notifications"
import { Opencode } from "@kugetsu/core/opencode/Opencode"
import { Runs } from "@kugetsu/core/Runs"
import { quarantinedSessions } from "@kugetsu/core/quarantinedSessions"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome, type QuarantinePaths } from "@kugetsu/core/system/KugetsuHome"
import { settle } from "@kugetsu/daemon/settle"
import { misplacedAfter } from "@kugetsu/daemon/wall"
import { prepare, type Workplace } from "@kugetsu/daemon/Workplace"
import { Database } from "bun:sqlite"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { fakeOpencode } from "../kit/fakeOpencode.ts"
import { GitBox } from "../kit/git.ts"
import { gitLayers, noForges } from "../kit/gitLayers.ts"
import { deadSupervisor, runExit, aRunId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = (identifier: string, repository = "tool", owner = "ann") =>
  new IssueRef({ instance: "example.org", owner, repository, identifier })

/** A home with two repositories, and what a supervisor does before and after a turn. */
const world = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, "home")
  const [tool, site] = [box.remote("tool.git"), box.remote("site.git")]
  fs.mkdirSync(path.join(root, "sessions"), { recursive: true })
  const repos = { "example.org/ann/tool": tool, "example.org/ann/site": site }
  fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify(repos))
  // the directory of whoever starts kugetsu is another project
  const elsewhere = path.join(box.dir, "another project")
  fs.mkdirSync(elsewhere)
  const fake = fakeOpencode(path.join(box.dir, "fake"))
  const env = { ...box.env, PWD: elsewhere, OPENCODE_BIN: fake.program }
  const layers = Layer.mergeAll(Opencode.layer, AgentEnvironment.layer, Notifications.layer, Runs.layer, noForges).pipe(
    Layer.provideMerge(gitLayers({ root, env })),
    Layer.provideMerge(ProcessesLive),
  )
  fs.mkdirSync(path.join(box.dir, "tmp"))
  const services = yield* Layer.build(layers)
  const inWorld = <A, E>(body: Effect.Effect<A, E, Layer.Success<typeof layers>>): Effect.Effect<A, E> =>
    Effect.provide(body, services)
  const home = yield* inWorld(KugetsuHome.use(Effect.succeed))
  const quarantined = (name: string) => inWorld(quarantinedSessions(home).of(name))
  return {
    box,
    root,
    tool,
    site,
    elsewhere,
    fake,
    home,
    quarantined,
    inWorld,
    before: (ref: IssueRef) =>
      inWorld(prepare(runRequest(aRunId(), { issue_ref: ref.toString() }), path.join(box.dir, "tmp"))),
    after: (workplace: Workplace) =>
      inWorld(Effect.map(misplacedAfter(workplace), (mismatches) => mismatches.map(({ tie }) => tie))),
    record: (ref: IssueRef, change: Partial<Session>) =>
      inWorld(Sessions.use((sessions) => sessions.update(ref, (session) => ({ ...session, ...change })))),
    news: inWorld(
      Effect.map(
        Notifications.use(({ list }) => list),
        (all) => all.filter(({ type }) => type === "session_quarantined"),
      ),
    ),
    databasesInTrash: () =>
      fs.existsSync(home.trash) ? [...new Bun.Glob("*/agent/opencode.db").scanSync(home.trash)] : [],
    /** What of its conversation stays with the issue, as after a turn. */
    keep: (name: string, session: string, texts: ReadonlyArray<string>, directory: string) =>
      fs.writeFileSync(home.agent(name).export, conversation(session, texts, directory)),
    inDatabase: (name: string, statement: string, ...values: ReadonlyArray<string>) => {
      using db = new Database(home.agent(name).database)
      db.query(statement).run(...values)
    },
    /** Id and text of each. */
    messagesIn: (name: string): ReadonlyArray<readonly [string, string]> => {
      using db = new Database(home.agent(name).database, { readonly: true })
      const { document } = db.query<{ document: string }, []>("SELECT document FROM session").get()!
      return JSON.parse(document).messages.map(({ info, parts }: any) => [info.id, parts[0].text])
    },
  }
})
type World = Effect.Success<typeof world>

const conversation = (id: string, texts: ReadonlyArray<string>, directory: string) =>
  JSON.stringify({
    info: { id, directory },
    messages: texts.map((text, i) => ({ info: { id: `msg_00000000000${i}aaaa` }, parts: [{ id: `prt_${i}`, text }] })),
  })

/** Whatever was tried, the turn that would be started now has its session, its directory and its storage. */
const expectOwnTurn = Effect.fnUntraced(function* (
  { after, home, inWorld }: World,
  workplace: Workplace,
  ref: IssueRef,
) {
  const { place, session } = workplace
  expect(path.basename(place.directory)).toBe(place.name)
  expect(place.directory).toBe(home.worktree(place.name))
  const command = yield* inWorld(Agent.use((agent) => agent.turn(place, session, { debug: false })))
  expect(command.cwd).toBe(place.directory)
  expect(command.argv).toContain(`--dir=${place.directory}`)
  expect(command.argv).toContain(`--session=${session}`)
  expect(command.env).toMatchObject({ PWD: place.directory, OPENCODE_DB: home.agent(place.name).database })
  expect(fs.readFileSync(path.join(home.agent(place.name).dir, "owner.json"), "utf8")).toContain(`"${ref.toString()}"`)
  expect(yield* after(workplace)).toEqual([])
})

effectTest("neither the directory nor the PWD in which kugetsu was started leads an agent anywhere", () =>
  Effect.gen(function* () {
    const made = yield* world
    const here = process.cwd()
    yield* Effect.addFinalizer(() => Effect.sync(() => process.chdir(here)))
    process.chdir(made.elsewhere)
    yield* expectOwnTurn(made, yield* made.before(issue("1")), issue("1"))
    expect(fs.readdirSync(made.elsewhere)).toEqual([])
    expect(yield* made.news).toEqual([])
  }),
)

effectTest("a base session of another project lends its words, and never its directory", () =>
  Effect.gen(function* () {
    const made = yield* world
    const base = made.home.agent("base")
    fs.mkdirSync(base.dir, { recursive: true })
    fs.writeFileSync(base.export, conversation("ses_base", ["hello"], made.elsewhere))
    const workplace = yield* made.before(issue("1"))
    yield* expectOwnTurn(made, workplace, issue("1"))
    expect(made.messagesIn(workplace.place.name).map(([, text]) => text)).toEqual(["hello"])
    expect(workplace.session).not.toBe("ses_base")
  }),
)

effectTest("session ids that were swapped between two issues lead neither into the other's session", () =>
  Effect.gen(function* () {
    const made = yield* world
    const [one, two] = [issue("1"), issue("1", "site")]
    const first = [yield* made.before(one), yield* made.before(two)] as const
    yield* made.record(one, { opencode_session_id: first[1].session })
    yield* made.record(two, { opencode_session_id: first[0].session })
    for (const [i, ref] of [one, two].entries()) {
      const again = yield* made.before(ref)
      expect(again.session).toBe(first[i]!.session)
      expect(again.notes.join()).toContain(`named session ${first[1 - i]!.session}`)
      yield* expectOwnTurn(made, again, ref)
    }
    expect(yield* made.news).toEqual([])
  }),
)

effectTest("a session of another project is put aside whole, and a new one goes on from the issue's own words", () =>
  Effect.gen(function* () {
    const made = yield* world
    const ref = issue("1")
    const first = yield* made.before(ref)
    const { name, directory } = first.place
    made.keep(name, first.session, ["ours"], directory)
    const foreign = conversation("ses_foreign", ["theirs"], made.elsewhere)
    const rows = [
      "INSERT INTO session (id, directory, time_updated, document) VALUES ('ses_foreign', ?, 1, ?)",
      `INSERT INTO message (id, session_id, data) VALUES ('msg_f', 'ses_foreign', '{"role":"user"}')`,
      `INSERT INTO part (id, message_id, session_id, data) VALUES ('prt_f', 'msg_f', 'ses_foreign', '{"text":"theirs"}')`,
    ] as const
    made.inDatabase(name, rows[0], made.elsewhere, foreign)
    for (const row of rows.slice(1)) made.inDatabase(name, row)
    yield* made.record(ref, { opencode_session_id: "ses_foreign" })

    const second = yield* made.before(ref)
    // under their own ids, by which the issue's context knows them
    expect(made.messagesIn(name)).toEqual([["msg_000000000000aaaa", "ours"]])
    expect([first.session, "ses_foreign"]).not.toContain(second.session)
    yield* expectOwnTurn(made, second, ref)

    const [record, ...others] = yield* made.quarantined(name)
    expect(others).toEqual([])
    expect(record).toMatchObject({ session: "ses_foreign", owner: ref.toString(), carried_over: true, reported: true })
    const kept = made.home.quarantined(record!.id)
    expect(JSON.parse(fs.readFileSync(kept.conversation, "utf8"))).toMatchObject({
      info: { id: "ses_foreign", directory: made.elsewhere },
      messages: [{ parts: [{ text: "theirs" }] }],
    })
    expect(fs.readdirSync(kept.agent).sort()).toEqual(["condemned.json", "export.json", "opencode.db", "owner.json"])
    expect([fs.statSync(kept.dir).mode & 0o777, fs.statSync(kept.record).mode & 0o777]).toEqual([0o700, 0o600])
    const [told, ...more] = yield* made.news
    expect(more).toEqual([])
    expect(told!.issue_ref).toBe(ref.toString())
    expect(told!.message).toContain(kept.dir)
    expect(told!.message).toContain(`expected ${directory}, found ${made.elsewhere}`)

    // and that was that
    expect((yield* made.before(ref)).session).toBe(second.session)
    expect(yield* made.quarantined(name)).toHaveLength(1)
    expect(yield* made.news).toHaveLength(1)
  }),
)

/** What is there when somebody dies on the way, made from what is there in the end. */
const cuts: Readonly<Record<string, (storage: string, quarantined: QuarantinePaths) => void>> = {
  "before it was moved": (storage, { agent, conversation, record }) => {
    for (const file of [storage, conversation, record]) fs.rmSync(file, { recursive: true })
    fs.renameSync(agent, storage)
  },
  "before a copy of the conversation was in its place": (storage, { record }) => {
    for (const file of [storage, record]) fs.rmSync(file, { recursive: true })
  },
  "when that copy was whole, and not in its place yet": (storage, { record }) => {
    fs.rmSync(record)
    fs.renameSync(storage, path.join(path.dirname(storage), `.${path.basename(storage)}.ready`))
  },
  "before it was on record": (_storage, { record }) => fs.rmSync(record),
  "before anybody was told": () => undefined,
}

for (const [cut, undo] of Object.entries(cuts)) {
  effectTest(`a quarantine that was cut off ${cut} is ended by the next preparation, and told once`, () =>
    Effect.gen(function* () {
      const made = yield* world
      const ref = issue("1")
      const { place, session } = yield* made.before(ref)
      const { name } = place
      made.keep(name, session, ["ours"], place.directory)
      const remote = { tie: "remote", expected: "there", found: "elsewhere" } as const
      yield* made.inWorld(Agent.use((agent) => agent.quarantine(place, session, [remote])))
      const [id] = fs.readdirSync(made.home.quarantine)
      const quarantined = made.home.quarantined(id!)
      undo(made.home.agent(name).dir, quarantined)
      expect(yield* made.news).toEqual([])

      const next = yield* made.before(ref)
      expect(next.session).not.toBe(session)
      expect(made.messagesIn(name)).toEqual([["msg_000000000000aaaa", "ours"]])
      yield* expectOwnTurn(made, next, ref)
      expect(yield* made.quarantined(name)).toMatchObject([{ id, session, carried_over: true, reported: true }])
      expect(fs.readdirSync(quarantined.agent)).toContain("opencode.db")
      expect(made.databasesInTrash()).toEqual([])
      expect((yield* made.before(ref)).session).toBe(next.session)
      expect(yield* made.news).toHaveLength(1)
    }),
  )
}

effectTest("a session that an outcome finds misplaced is out of use at the issue's next start, once", () =>
  Effect.gen(function* () {
    const made = yield* world
    const ref = issue("1")
    const { place, session } = yield* made.before(ref)
    made.keep(place.name, session, ["ours"], place.directory)
    const run = aRunId()
    const issue_ref = ref.toString()
    const exit = runExit(run, {
      issue_ref,
      session_id: session,
      worktree_path: place.directory,
      misplaced: [{ tie: "remote", expected: "there", found: "elsewhere" }],
    })
    yield* made.inWorld(
      Effect.gen(function* () {
        const runs = yield* Runs
        yield* runs.create(runRequest(run, { issue_ref }))
        yield* runs.recordSupervisor(run, deadSupervisor())
        yield* runs.recordExit(exit)
      }),
    )
    yield* made.record(ref, { run })
    const settled = made.inWorld(settle(run, { holdsIssue: true }))
    yield* settled
    expect(yield* made.quarantined(place.name)).toMatchObject([{ session, mismatches: exit.misplaced! }])
    expect(yield* made.news).toHaveLength(1)
    // who died before its record forgot it
    yield* made.record(ref, { opencode_session_id: session })
    yield* settled
    const next = yield* made.before(ref)
    yield* settled
    expect(next.session).not.toBe(session)
    expect(made.messagesIn(place.name)).toEqual([["msg_000000000000aaaa", "ours"]])
    yield* expectOwnTurn(made, next, ref)
    expect(yield* made.quarantined(place.name)).toHaveLength(1)
    expect(yield* made.news).toHaveLength(1)
  }),
)

effectTest("a worktree that was moved by hand into another issue's place is refused, and no session is lost", () =>
  Effect.gen(function* () {
    const made = yield* world
    const [one, two] = [issue("1"), issue("2")]
    const [first, second] = [yield* made.before(one), yield* made.before(two)]
    fs.rmSync(second.place.directory, { recursive: true })
    fs.renameSync(first.place.directory, second.place.directory)
    // as when the first kugetsu had noted whatever was checked out
    yield* made.record(two, { branch_name: "fix/issue-1" })
    const failure = yield* Effect.flip(made.before(two))
    expect(failure).toMatchObject({ _tag: "NotIsolated", code: 73 })
    expect(failure.message).toContain(`expected ${two.toString()}, found ${one.toString()}`)
    expect(made.fake.starts().filter(({ args }) => args[0] === "run")).toEqual([])
    expect(yield* made.news).toEqual([])
  }),
)

effectTest("an issue that gets the file names of another one gets neither its session nor its words", () =>
  Effect.gen(function* () {
    const made = yield* world
    const [one, two] = [issue("1", "b-c", "a"), issue("1", "c", "a-b")]
    const repos = { "example.org/a/b-c": made.tool, "example.org/a-b/c": made.tool }
    fs.writeFileSync(made.home.repos, JSON.stringify(repos))
    const first = yield* made.before(one)
    const beside = yield* made.before(two)
    expect(beside.place.name).not.toBe(first.place.name)
    yield* expectOwnTurn(made, beside, two)

    // without its record nothing but the mark says whose the storage is
    made.keep(first.place.name, first.session, ["of the first"], first.place.directory)
    for (const { place } of [first, beside]) {
      fs.rmSync(made.home.sessionFile(`${place.name}.json`))
      made.box.run(place.directory, "worktree", "remove", "--force", place.directory)
    }
    const second = yield* made.before(two)
    expect(second.place.name).toBe(first.place.name)
    expect(second.session).not.toBe(first.session)
    expect(made.messagesIn(second.place.name)).toEqual([])
    yield* expectOwnTurn(made, second, two)
    const [record] = yield* made.quarantined(first.place.name)
    expect(record).toMatchObject({ carried_over: false, owner: two.toString() })
    expect(record!.mismatches).toEqual([{ tie: "storage", expected: two.toString(), found: one.toString() }])
  }),
)

effectTest(
  "a directory of the first kugetsu with mixed-up ids and worktrees: each issue gets its own, or nothing",
  () =>
    Effect.gen(function* () {
      const made = yield* world
      const [one, two] = [issue("1"), issue("2")]
      // both have the PM's id, and the second the worktree of the first, which is where the first kugetsu kept them
      const old = path.join(made.box.dir, ".kugetsu-worktrees", "example.org-ann-tool-1")
      fs.mkdirSync(path.dirname(old))
      made.box.run(made.box.dir, "clone", "--quiet", made.tool, old)
      made.box.run(old, "switch", "--quiet", "-c", "work")
      const write = (name: string, record: object) =>
        fs.writeFileSync(
          made.home.sessionFile(`${name}.json`),
          JSON.stringify({ state: "idle", created_at: "2026-03-01", ...record }),
        )
      write("pm-agent", { type: "pm_agent", opencode_session_id: "ses_pm" })
      for (const ref of [one, two]) {
        write(`example.org-ann-tool-${ref.identifier}`, {
          type: "forked",
          issue_ref: ref.toString(),
          opencode_session_id: "ses_pm",
          worktree_path: old,
        })
      }
      const isRefused = Effect.map(Effect.flip(made.before(two)), (failure) =>
        expect(failure).toMatchObject({ _tag: "NotIsolated", mismatches: [{ tie: "issue", found: one.toString() }] }),
      )
      yield* isRefused
      const first = yield* made.before(one)
      expect([first.place.directory, yield* made.after(first)]).toEqual([old, []])
      expect(first.session).not.toBe("ses_pm")
      yield* isRefused
      expect(made.box.run(old, "status", "--porcelain")).toBe("")
    }),
)

const duringTheTurn: Record<string, (made: World, workplace: Workplace) => void> = {
  branch: ({ box }, { place }) => box.run(place.directory, "switch", "--quiet", "-c", "other"),
  remote: ({ box, elsewhere }, { place }) => box.run(place.directory, "remote", "set-url", "origin", elsewhere),
  directory: ({ elsewhere, inDatabase }, { place }) =>
    inDatabase(place.name, "UPDATE session SET directory = ?", elsewhere),
  session: ({ inDatabase }, { place }) => inDatabase(place.name, "DELETE FROM session"),
  storage: ({ home }, { place }) => fs.rmSync(path.join(home.agent(place.name).dir, "owner.json")),
  worktree: (_made, { place }) => fs.rmSync(path.join(place.directory, ".git")),
  issue: ({ box }, { place }) =>
    fs.rmSync(path.join(box.run(place.directory, "rev-parse", "--absolute-git-dir"), "kugetsu-issue")),
}

effectTest("after a turn each tie that was cut meanwhile is found, and a rebase that was left is none", () =>
  Effect.gen(function* () {
    const made = yield* world
    for (const [i, [tie, cut]] of Object.entries(duringTheTurn).entries()) {
      const repository = i % 2 === 0 ? "tool" : "site"
      const workplace = yield* made.before(issue(String(i + 1), repository))
      made.box.run(workplace.place.directory, "switch", "--quiet", "--detach")
      expect([tie, yield* made.after(workplace)]).toEqual([tie, []])
      made.box.run(workplace.place.directory, "switch", "--quiet", workplace.issue!.worktree.branch)
      const remote = made.box.run(workplace.place.directory, "remote", "get-url", "origin")
      cut(made, workplace)
      expect([tie, yield* made.after(workplace)]).toEqual([tie, [tie as never]])
      if (tie === "remote") made.box.run(workplace.place.directory, "remote", "set-url", "origin", remote)
    }
  }),
)

effectTest("a branch that somebody switched to is refused with the way back, and costs no session", () =>
  Effect.gen(function* () {
    const made = yield* world
    const first = yield* made.before(issue("1"))
    made.box.run(first.place.directory, "switch", "--quiet", "-c", "other")
    const failure = yield* Effect.flip(made.before(issue("1")))
    expect(failure).toMatchObject({ _tag: "NotIsolated", remedy: expect.stringContaining("switch fix/issue-1") })
    made.box.run(first.place.directory, "switch", "--quiet", "fix/issue-1")
    expect((yield* made.before(issue("1"))).session).toBe(first.session)
    expect(yield* made.quarantined(first.place.name)).toEqual([])
  }),
)

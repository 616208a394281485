import { IssueRef, parseReference } from "@kugetsu/core/domain/IssueRef"
import { newIssueSession, type Session } from "@kugetsu/core/domain/Session"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer, Option, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = (identifier: string, owner = "shoko", repository = "kugetsu") =>
  IssueRef.make({ instance: "github.com", owner, repository, identifier })

const reference = (text: string) => Result.getOrThrow(parseReference(text, { defaultInstance: "github.com" }))

const ownSession = { ...newIssueSession(issue("1"), "2026-11-20T06:30:12+00:00"), issue_ref: null }

interface Place {
  readonly sessions: Sessions["Service"]
  readonly home: string
  readonly file: (...parts: ReadonlyArray<string>) => string
  readonly index: () => unknown
}

const inHome = <A, E>(body: (place: Place) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const home = path.join(yield* temporaryDirectory, "home")
    const file = (...parts: ReadonlyArray<string>) => path.join(home, ...parts)
    const index = () => JSON.parse(fs.readFileSync(file("index.json"), "utf8"))
    const layer = Sessions.layer.pipe(Layer.provide(KugetsuHome.at(home)))
    return yield* Effect.flatMap(Sessions, (sessions) => body({ sessions, home, file, index })).pipe(
      Effect.provide(layer),
    )
  })

effectTest("the first update makes an issue's record with the time and its offset, and the index names its file", () =>
  inHome(({ sessions, file, index }) =>
    Effect.gen(function* () {
      const made = yield* sessions.update(issue("14"), (session) => ({ ...session, branch_name: "fix/issue-14" }))
      expect(made.name).toBe("github.com-shoko-kugetsu-14")
      const stored = JSON.parse(fs.readFileSync(file("sessions", `${made.name}.json`), "utf8"))
      expect(stored).toEqual({
        ...newIssueSession(issue("14"), stored.created_at),
        branch_name: "fix/issue-14",
      })
      expect(stored.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/)
      expect(Math.abs(Date.now() - Date.parse(stored.created_at))).toBeLessThan(60_000)
      expect(index()).toEqual({
        base: null,
        pm_agent: null,
        issues: { "github.com/shoko/kugetsu#14": "github.com-shoko-kugetsu-14.json" },
      })
    }),
  ),
)

effectTest("a record that is gone is not made again by who only amends it", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      const change = (session: Session) => ({ ...session, branch_name: "mine" })
      expect(yield* Effect.flip(sessions.amend(issue("14"), change))).toMatchObject({ _tag: "NotTracked", code: 1 })
      expect(fs.existsSync(file("sessions", "github.com-shoko-kugetsu-14.json"))).toBe(false)
      yield* sessions.update(issue("14"), (session) => session)
      expect((yield* sessions.amend(issue("14"), change)).session.branch_name).toBe("mine")
    }),
  ),
)

effectTest("an update changes one record and keeps who it is", () =>
  inHome(({ sessions }) =>
    Effect.gen(function* () {
      yield* sessions.update(issue("14"), (session) => ({ ...session, opencode_session_id: "ses_1" }))
      yield* sessions.update(issue("15"), (session) => session)
      const written = yield* sessions.update(issue("14"), (session) => ({
        ...session,
        type: "base",
        issue_ref: "github.com/shoko/kugetsu#15",
        state: "active",
      }))
      const { type, issue_ref, state, opencode_session_id } = written.session
      expect([type, issue_ref, state, opencode_session_id]).toEqual([
        "forked",
        "github.com/shoko/kugetsu#14",
        "active",
        "ses_1",
      ])
      expect(Option.getOrThrow(yield* sessions.find(issue("14")))).toEqual(written)
    }),
  ),
)

effectTest("two issues whose refs make one file name get a file each, and each finds its own", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      const [one, other] = [issue("1", "a-b", "c"), issue("1", "a", "b-c")]
      expect(yield* sessions.nameOf(other)).toBe("github.com-a-b-c-1")
      yield* sessions.update(one, (session) => ({ ...session, branch_name: "one" }))
      const promised = yield* sessions.nameOf(other)
      yield* sessions.update(other, (session) => ({ ...session, branch_name: "other" }))
      expect(promised).toMatch(/^github\.com-a-b-c-1-[0-9a-f]{8}$/)
      const found = [yield* sessions.find(one), yield* sessions.find(other)].map(Option.getOrThrow)
      expect(found.map(({ name, session }) => [name, session.branch_name])).toEqual([
        ["github.com-a-b-c-1", "one"],
        [promised, "other"],
      ])
      // the suffix is for life, also when the plain name's file breaks, or becomes free
      fs.writeFileSync(file("sessions", "github.com-a-b-c-1.json"), "{")
      expect(yield* sessions.nameOf(other)).toBe(promised)
      expect((yield* Effect.flip(sessions.nameOf(one)))._tag).toBe("RecordUnreadable")
      fs.rmSync(file("sessions", "github.com-a-b-c-1.json"))
      expect(yield* sessions.nameOf(other)).toBe(promised)
    }),
  ),
)

effectTest("the ref in a file decides whose it is, whatever the file is called and whatever its case", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      yield* sessions.update(issue("14"), (session) => session)
      fs.renameSync(file("sessions", "github.com-shoko-kugetsu-14.json"), file("sessions", "mine.json"))
      expect(yield* sessions.nameOf(issue("14", "Shoko", "Kugetsu"))).toBe("mine")
      yield* sessions.update(issue("14"), (session) => ({ ...session, state: "error" }))
      expect(fs.readdirSync(file("sessions"))).toEqual(["mine.json"])
    }),
  ),
)

effectTest("an issue that has a record goes by its spelling there, however it is written", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      yield* sessions.update(issue("14", "Shoko"), (session) => session)
      const resolved = (text: string) => Effect.map(sessions.resolve(reference(text)), String)
      expect(yield* resolved("GitHub.com/shoko/KUGETSU#14")).toBe("github.com/Shoko/kugetsu#14")
      expect(yield* resolved("shoko/KUGETSU#15")).toBe("github.com/shoko/KUGETSU#15")
      // a run can be stopped and looked at all the same
      fs.writeFileSync(file("sessions", "github.com-Shoko-kugetsu-14.json"), "{")
      yield* sessions.survey
      expect(yield* resolved("github.com/Shoko/kugetsu#14")).toBe("github.com/Shoko/kugetsu#14")
    }),
  ),
)

effectTest("two spellings of one issue have one lock, also before there is a record", () =>
  inHome(({ sessions, home }) =>
    Effect.gen(function* () {
      const lockOf = Effect.fnUntraced(
        function* (ref: IssueRef) {
          const name = yield* sessions.nameOf(ref)
          return yield* Effect.map(KugetsuHome, ({ issueLock }) => issueLock(name))
        },
        Effect.provide(KugetsuHome.at(home)),
      )
      expect(yield* lockOf(issue("14", "Shoko", "Kugetsu"))).toBe(yield* lockOf(issue("14")))
      expect(yield* lockOf(issue("14"))).not.toBe(yield* lockOf(issue("15")))
    }),
  ),
)

for (const [fault, harm] of [
  ["missing", (index: string) => fs.rmSync(index)],
  ["stale", (index: string) => fs.writeFileSync(index, '{"base":"old","pm_agent":null,"issues":{"x":"x.json"}}')],
  ["broken", (index: string) => fs.writeFileSync(index, '{"base":')],
] as const) {
  effectTest(`an index that is ${fault} is rebuilt from the session files by the next look at them`, () =>
    inHome(({ sessions, file, index }) =>
      Effect.gen(function* () {
        yield* sessions.put("base", { ...ownSession, opencode_session_id: "ses_base" })
        yield* sessions.put("pm-agent", { ...ownSession, opencode_session_id: "ses_pm" })
        yield* sessions.update(issue("14"), (session) => session)
        const right = {
          base: "ses_base",
          pm_agent: "ses_pm",
          issues: { "github.com/shoko/kugetsu#14": "github.com-shoko-kugetsu-14.json" },
        }
        expect(index()).toEqual(right)
        harm(file("index.json"))
        yield* sessions.list
        expect(index()).toEqual(right)
      }),
    ),
  )
}

effectTest("a session file that cannot be read is an error with its path; the others are still there to be seen", () =>
  inHome(({ sessions, file, index }) =>
    Effect.gen(function* () {
      for (const number of ["9", "10", "11"]) yield* sessions.update(issue(number), (session) => session)
      const before = index()
      const broken = file("sessions", "github.com-shoko-kugetsu-10.json")
      fs.writeFileSync(broken, '{"version":1,"type":"forked"')
      expect(yield* Effect.flip(sessions.list)).toMatchObject({ _tag: "RecordUnreadable", path: broken })
      const seen = yield* sessions.survey
      expect(seen.sessions.map(({ session }) => session.issue_ref)).toEqual([
        "github.com/shoko/kugetsu#9",
        "github.com/shoko/kugetsu#11",
      ])
      expect(seen.unreadable.map((error) => error.path)).toEqual([broken])
      expect(yield* Effect.flip(sessions.update(issue("10"), (session) => session))).toMatchObject({ path: broken })
      expect(fs.readFileSync(broken, "utf8")).toBe('{"version":1,"type":"forked"')
      yield* sessions.update(issue("9"), (session) => session)
      expect(index()).toEqual(before)
    }),
  ),
)

effectTest("an issue whose broken file has a name of its own is not taken for a new issue", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      yield* sessions.update(issue("14"), (session) => session)
      fs.renameSync(file("sessions", "github.com-shoko-kugetsu-14.json"), file("sessions", "mine.json"))
      yield* sessions.list
      fs.writeFileSync(file("sessions", "mine.json"), "")
      expect(yield* Effect.flip(sessions.find(issue("14")))).toMatchObject({ path: file("sessions", "mine.json") })
      expect(Option.isNone(yield* sessions.find(issue("15")))).toBe(true)
    }),
  ),
)

effectTest("a record whose type and place disagree, or that belongs to no issue, is unreadable", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      fs.mkdirSync(file("sessions"), { recursive: true })
      const put = (name: string, record: object) => fs.writeFileSync(file("sessions", name), JSON.stringify(record))
      put("base.json", { ...ownSession, type: "forked", issue_ref: "github.com/a/b#1" })
      put("github.com-a-b-1.json", { ...ownSession, type: "base" })
      put("nobody.json", { ...ownSession, type: "forked" })
      put("strange.json", { ...ownSession, type: "forked", issue_ref: "github.com/a/b#1", state: "sleeping" })
      const { sessions: understood, unreadable } = yield* sessions.survey
      expect(understood).toEqual([])
      expect(unreadable.map((error) => path.basename(error.path))).toEqual([
        "base.json",
        "github.com-a-b-1.json",
        "nobody.json",
        "strange.json",
      ])
      expect((yield* Effect.flip(sessions.status))._tag).toBe("RecordUnreadable")
    }),
  ),
)

effectTest("a pull request's own ref means its own session, else the one that owns its URL", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      const resolved = (text: string) => Effect.map(sessions.resolve(reference(text)), String)
      yield* sessions.update(issue("14"), (session) => ({
        ...session,
        pr_url: "https://github.com/shoko/kugetsu/pull/15",
      }))
      for (const text of ["shoko/kugetsu#pr-15", "shoko/kugetsu PR #15", "github.com/Shoko/kugetsu MR !15"])
        expect(yield* resolved(text)).toBe("github.com/shoko/kugetsu#14")
      expect(yield* resolved("shoko/kugetsu#15")).toBe("github.com/shoko/kugetsu#15")
      yield* sessions.update(issue("pr-15"), (session) => session)
      expect(yield* resolved("Shoko/kugetsu#pr-15")).toBe("github.com/shoko/kugetsu#pr-15")
      fs.writeFileSync(file("sessions", "github.com-shoko-kugetsu-pr-15.json"), "{")
      expect(yield* resolved("shoko/kugetsu#pr-15")).toBe("github.com/shoko/kugetsu#pr-15")
    }),
  ),
)

effectTest("a pull request means the session that owns its URL, however that was pasted; else its own pr ref", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      yield* sessions.update(issue("14"), (session) => ({
        ...session,
        pr_url: "https://github.com/shoko/kugetsu/pull/15",
      }))
      const resolved = (text: string) => Effect.map(sessions.resolve(reference(text)), String)
      expect(yield* resolved("https://github.com/Shoko/kugetsu/pull/15/?diff=split#r7")).toBe(
        "github.com/shoko/kugetsu#14",
      )
      expect(yield* resolved("https://github.com/shoko/kugetsu/pull/16")).toBe("github.com/shoko/kugetsu#pr-16")
      expect(yield* resolved("https://github.com/shoko/kugetsu/issues/15")).toBe("github.com/shoko/kugetsu#15")
      const broken = file("sessions", "broken.json")
      fs.writeFileSync(broken, "{")
      expect(yield* resolved("https://github.com/shoko/kugetsu/pull/15")).toBe("github.com/shoko/kugetsu#14")
      expect(yield* Effect.flip(resolved("https://github.com/shoko/kugetsu/pull/16"))).toMatchObject({ path: broken })
    }),
  ),
)

effectTest("status has four words, each for what is missing", () =>
  inHome(({ sessions, file, home }) =>
    Effect.gen(function* () {
      expect(yield* sessions.status).toBe("kugetsu_not_initialized")
      expect(yield* sessions.list).toEqual([])
      expect(fs.existsSync(home)).toBe(false)
      yield* sessions.put("pm-agent", ownSession)
      expect(yield* sessions.status).toBe("base_session_missing")
      yield* sessions.put("base", ownSession)
      expect(yield* sessions.status).toBe("ok")
      fs.rmSync(file("sessions", "pm-agent.json"))
      expect(yield* sessions.status).toBe("pm_agent_missing")
      fs.rmSync(file("sessions", "base.json"))
      expect(yield* sessions.status).toBe("base_session_missing")
      fs.rmSync(file("index.json"))
      expect(yield* sessions.status).toBe("kugetsu_not_initialized")
    }),
  ),
)

effectTest("the home is for its owner alone, whatever the umask", () =>
  inHome(({ sessions, file }) =>
    Effect.gen(function* () {
      const umask = process.umask(0o022)
      yield* sessions
        .update(issue("14"), (session) => session)
        .pipe(Effect.ensuring(Effect.sync(() => process.umask(umask))))
      const mode = (...parts: ReadonlyArray<string>) => (fs.statSync(file(...parts)).mode & 0o777).toString(8)
      expect([mode(), mode("sessions"), mode("locks")]).toEqual(["700", "700", "700"])
      const files = [
        mode("index.json"),
        mode("sessions", "github.com-shoko-kugetsu-14.json"),
        mode("locks", "index.lock"),
      ]
      expect(files).toEqual(["600", "600", "600"])
    }),
  ),
)

effectTest("three processes that write at once lose no update, neither of a shared record nor of the index", () =>
  inHome(({ sessions, home, index }) =>
    Effect.gen(function* () {
      const count = 15
      const writers = ["a", "b", "c"].map((letter) =>
        Bun.spawn(
          [process.execPath, path.join(import.meta.dirname, "sessionWriter.program.ts"), home, letter, String(count)],
          {
            stdio: ["ignore", "inherit", "inherit"],
          },
        ),
      )
      const codes = yield* Effect.promise(() => Promise.all(writers.map((writer) => writer.exited)))
      expect(codes).toEqual([0, 0, 0])
      const { session } = Option.getOrThrow(yield* sessions.find(issue("1")))
      expect(session.branch_name).toHaveLength(3 * count)
      expect(Object.keys((index() as { issues: object }).issues)).toHaveLength(3 * count + 1)
      expect(yield* sessions.list).toHaveLength(3 * count + 1)
    }),
  ),
)

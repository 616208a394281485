import { expect } from "bun:test"
import { Agent, type EarlierPlace } from "@kugetsu/core/Agent"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Database } from "bun:sqlite"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { opencodeLayers, placeFor } from "../../kit/agentTurns.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { fakeOpencode, type FakePlan } from "../../kit/fakeOpencode.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

/** A session of the person's own, as far as the fake knows sessions. */
const addSession = (db: Database, id: string, directory: string) => {
  const messages = [{ info: { id: "msg_1" }, parts: [{ id: "prt_1", text: "earlier words" }] }]
  db.run("CREATE TABLE IF NOT EXISTS session (id TEXT, directory TEXT, document TEXT)")
  db.query("INSERT INTO session VALUES (?, ?, ?)").run(id, directory, JSON.stringify({ info: { id }, messages }))
}

const setting = Effect.fnUntraced(function* (plan: FakePlan = {}, programs = process.env.PATH ?? "") {
  const root = yield* temporaryDirectory
  const fake = fakeOpencode(path.join(root, "bin"), plan)
  const storage = path.join(root, ".local", "share", "opencode")
  fs.mkdirSync(storage, { recursive: true })
  const env = { PATH: programs, HOME: root, OPENCODE_BIN: fake.program }
  const home = path.join(root, "kugetsu")
  const file = path.join(root, "out", "earlier.json")
  const open = (name = "opencode.db") => {
    const db = new Database(path.join(storage, name))
    db.run("PRAGMA journal_mode = WAL")
    return db
  }
  return {
    file,
    storage,
    open,
    home,
    texts: () => JSON.parse(fs.readFileSync(file, "utf8")).messages.map(({ parts }: any) => parts[0].text),
    seek: (session: string, objection: (found: EarlierPlace) => string | null = () => null) =>
      Effect.gen(function* () {
        const directory = path.join(root, "worktree")
        const place = yield* placeFor({ name: "a.b", directory, tmp: path.join(root, "tmp") })
        const found = yield* (yield* Agent).exportEarlier(place, {
          session,
          base: "ses_base",
          file,
          objection: (bound) => Effect.succeed(objection(bound)),
        })
        expect(fs.readdirSync((yield* KugetsuHome).agents)).toEqual([])
        return found
      }).pipe(Effect.provide(opencodeLayers(home, env))),
  }
})

const contents = (dir: string) =>
  fs.readdirSync(dir).map((name) => [name, Bun.hash(fs.readFileSync(path.join(dir, name)))])

effectTest("a session of the person's own is exported, and nothing beside their database was touched", () =>
  Effect.gen(function* () {
    const { open, seek, storage, texts } = yield* setting()
    const db = open()
    addSession(db, "ses_1", "/somewhere")
    // opencode ends without closing it: the newest is in the log beside it
    const left = `${storage} as it is left`
    fs.cpSync(storage, left, { recursive: true })
    db.close()
    fs.rmSync(storage, { recursive: true })
    fs.renameSync(left, storage)
    const before = contents(storage)
    expect(before).toHaveLength(3)
    expect(yield* seek("ses_1")).toEqual({ _tag: "Exported", directory: "/somewhere" })
    expect(texts()).toEqual(["earlier words"])
    expect(contents(storage)).toEqual(before)
  }),
)

effectTest("what opencode wrote a moment ago, and is still writing beside, is in the export", () =>
  Effect.gen(function* () {
    const { open, seek, storage, texts } = yield* setting()
    using db = open()
    addSession(db, "ses_other", "/elsewhere")
    addSession(db, "ses_1", "/somewhere")
    expect(fs.statSync(path.join(storage, "opencode.db-wal")).size).toBeGreaterThan(0)
    let n = 0
    const writer = setInterval(() => {
      addSession(db, `ses_later_${n++}`, "/elsewhere")
      if (n % 5 === 0) db.run("PRAGMA wal_checkpoint(PASSIVE)")
    }, 1)
    const found = yield* Effect.ensuring(
      seek("ses_1"),
      Effect.sync(() => clearInterval(writer)),
    )
    expect(found._tag).toBe("Exported")
    expect(texts()).toEqual(["earlier words"])
    expect(n).toBeGreaterThan(0)
    addSession(db, "ses_last", "/somewhere") // nobody keeps it from writing
  }),
)

effectTest("every database of the person is looked into", () =>
  Effect.gen(function* () {
    const { open, seek } = yield* setting()
    const [stable, other] = [open(), open("opencode-dev.db")]
    addSession(stable, "ses_1", "/one")
    addSession(other, "ses_2", "/two")
    stable.close()
    other.close()
    expect(yield* seek("ses_2")).toEqual({ _tag: "Exported", directory: "/two" })
  }),
)

effectTest("a session that is not there, or in no database that can be read, is left with the reason", () =>
  Effect.gen(function* () {
    const { file, open, seek, storage } = yield* setting()
    expect(yield* seek("ses_1")).toEqual({ _tag: "Left", reason: `it is not in ${storage}` })
    const db = open()
    addSession(db, "ses_1", "/somewhere")
    db.close()
    expect(yield* seek("ses_2")).toEqual({ _tag: "Left", reason: `it is not in ${storage}` })
    fs.writeFileSync(path.join(storage, "opencode.db"), "no database at all, by no means")
    const left = yield* seek("ses_1")
    expect(left._tag === "Left" && left.reason).toContain(`${path.join(storage, "opencode.db")} cannot be read`)
    expect(fs.existsSync(file)).toBe(false)
  }),
)

effectTest("a session that somebody objects to, or that opencode does not export, is left", () =>
  Effect.gen(function* () {
    const { file, open, seek } = yield* setting({ export: { stderr: "Error: unknown part", exitCode: 1, events: [] } })
    const db = open()
    addSession(db, "ses_1", "/somewhere")
    addSession(db, "ses_base", "/base")
    db.close()
    const objection = ({ baseDirectory, directory }: EarlierPlace) => `${directory} is not ${baseDirectory}`
    expect(yield* seek("ses_1", objection)).toEqual({ _tag: "Left", reason: "/somewhere is not /base" })
    const left = yield* seek("ses_1")
    expect(left._tag === "Left" && left.reason).toContain("unknown part")
    expect(fs.existsSync(file)).toBe(false)
  }),
)

effectTest("where the person's databases cannot be copied or listed, the session is left, and nothing fails", () =>
  Effect.gen(function* () {
    const { open, seek, storage } = yield* setting({}, "/nowhere")
    open().close()
    const left = yield* seek("ses_1")
    expect(left._tag === "Left" && left.reason).toContain("cp cannot be run")
    fs.rmSync(storage, { recursive: true })
    fs.writeFileSync(storage, "")
    const unlisted = yield* seek("ses_1")
    expect(unlisted._tag === "Left" && unlisted.reason).toContain(`${storage} cannot be read`)
  }),
)

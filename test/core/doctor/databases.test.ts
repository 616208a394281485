import { expect } from "bun:test"
import { Database } from "bun:sqlite"
import { checkDatabases } from "@kugetsu/core/doctor/checkDatabases"
import { checkPermissions } from "@kugetsu/core/doctor/checkPermissions"
import type { PermissionRule } from "@kugetsu/core/opencode/PermissionRules"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { doctorStage, told } from "../../kit/doctorStage.ts"
import { effectTest } from "../../kit/effectTest.ts"

const fixPermissions = { fix: false, fixPermissions: true }

/** An issue whose session `ses_1` is in a private database, as far as kugetsu reads one. */
const stageWithSession = Effect.gen(function* () {
  const stage = yield* doctorStage
  const { at, box, write } = stage
  const worktree = at("worktrees/one")
  fs.mkdirSync(worktree, { recursive: true })
  const record = { type: "forked", issue_ref: "example.org/ann/repo#1", created_at: "2026-11-20T06:00:00.000+00:00" }
  write("sessions/one.json", { version: 1, ...record, opencode_session_id: "ses_1", worktree_path: worktree })
  const database = at("agents/one/opencode.db")
  const store = (directory = worktree, { journal = "DELETE", id = "ses_1" } = {}) => {
    fs.rmSync(path.dirname(database), { recursive: true, force: true })
    fs.mkdirSync(path.dirname(database), { recursive: true })
    const db = new Database(database)
    db.run(`PRAGMA journal_mode=${journal}`)
    db.run("CREATE TABLE session (id TEXT, parent_id TEXT, directory TEXT, permission TEXT, time_updated INTEGER)")
    db.run("CREATE TABLE message (id TEXT, session_id TEXT)")
    db.run("CREATE TABLE part (session_id TEXT)")
    db.query("INSERT INTO session VALUES (?, NULL, ?, '[]', 1)").run(id, directory)
    return db
  }
  return { ...stage, box, database, worktree, store }
})

effectTest("a private database is told as right, missing, damaged, or of another directory or session", () =>
  Effect.gen(function* () {
    const { at, database, examine, store, write } = yield* stageWithSession
    expect(yield* examine(checkDatabases)).toMatchObject([
      { state: "warning", remedy: expect.stringContaining("no copy of the conversation") },
    ])
    // as opencode has it; a reader of such a one makes files beside it
    store(undefined, { journal: "WAL" }).close()
    expect(told(yield* examine(checkDatabases))).toEqual([["ok", "session ses_1 is in it, with 0 messages"]])
    store("/elsewhere").close()
    expect(told(yield* examine(checkDatabases))).toEqual([
      ["problem", expect.stringContaining("session ses_1 works in /elsewhere, not in")],
    ])
    store(undefined, { id: "ses_2" }).close()
    expect(told(yield* examine(checkDatabases))).toEqual([["problem", "session ses_1 is not in it"]])
    fs.writeFileSync(database, "x".repeat(5000))
    write("agents/one/export.json", { info: { id: "ses_1" }, messages: [] })
    expect(yield* examine(checkDatabases)).toMatchObject([
      { state: "problem", remedy: expect.stringContaining("with the conversation that was kept") },
    ])
    write("sessions/two.json", "{")
    expect(yield* examine(checkDatabases)).toHaveLength(1)
    expect(fs.readFileSync(at("sessions/two.json"), "utf8")).toBe("{")
  }),
)

effectTest("what a killed opencode left beside its database counts, and stays as it is", () =>
  Effect.gen(function* () {
    const { box, database, examine, store } = yield* stageWithSession
    const db = store(undefined, { journal: "WAL" })
    db.query("INSERT INTO message VALUES ('m', 'ses_1')").run()
    // as after a kill: the log is there, and nobody has the database open
    const log = fs.readFileSync(`${database}-wal`)
    const main = fs.readFileSync(database)
    db.close()
    for (const beside of ["-wal", "-shm"]) fs.rmSync(`${database}${beside}`, { force: true })
    fs.writeFileSync(database, main)
    fs.writeFileSync(`${database}-wal`, log)
    expect(told(yield* examine(checkDatabases))).toEqual([["ok", "session ses_1 is in it, with 1 messages"]])
    expect(fs.readdirSync(path.dirname(database)).sort()).toEqual(["opencode.db", "opencode.db-wal"])
    expect(fs.readdirSync(box.dir).filter((name) => name.startsWith("kugetsu-"))).toEqual([])
  }),
)

effectTest("the permission list of a kept session is set in database and kept copy, with the issue held", () =>
  Effect.gen(function* () {
    const { at, database, examine, held, launcher, store, write } = yield* stageWithSession
    store().close()
    write("agents/one/export.json", { info: { id: "ses_1", title: "t", permission: [] }, messages: [] })
    const found = "its permission list is not the one that a start would set"
    expect(told(yield* examine(checkPermissions))).toEqual([["warning", found]])
    launcher.busy = true
    expect((yield* examine(checkPermissions, fixPermissions))[0]?.state).toBe("problem")
    launcher.busy = false
    expect(told(yield* examine(checkPermissions, fixPermissions))).toEqual([["fixed", found]])
    expect(held).toEqual(["example.org/ann/repo#1"])
    using db = new Database(database, { readonly: true })
    const { permission } = db.query<{ permission: string }, []>("SELECT permission FROM session").get()!
    const rules = JSON.parse(permission) as ReadonlyArray<PermissionRule>
    expect(rules).toContainEqual({ permission: "question", pattern: "*", action: "deny" })
    expect(JSON.parse(fs.readFileSync(at("agents/one/export.json"), "utf8"))).toEqual({
      info: { id: "ses_1", title: "t", permission: rules },
      messages: [],
    })
    expect(yield* examine(checkPermissions)).toEqual([])
  }),
)

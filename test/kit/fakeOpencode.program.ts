// The program behind fakeOpencode.ts: fakeOpencode.program.ts DIRECTORY [words of opencode's command line]
import { Database } from "bun:sqlite"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import type { FakeAct, FakePlan, FakeStart } from "./fakeOpencode.ts"

const [directory = ".", ...args] = process.argv.slice(2)
const command = args[0] ?? ""
const plan = JSON.parse(fs.readFileSync(path.join(directory, "plan.json"), "utf8")) as FakePlan

const earlierRuns = (): number => {
  const file = path.join(directory, "starts.jsonl")
  if (!fs.existsSync(file)) return 0
  return fs
    .readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => (JSON.parse(line) as FakeStart).args[0] === "run").length
}

const actFor = (): FakeAct => {
  if (command === "import") return plan.import ?? {}
  if (command === "export") return plan.export ?? {}
  if (command === "--session") return plan.screen ?? {}
  const runs = [plan.run ?? {}].flat() as ReadonlyArray<FakeAct>
  return runs[Math.min(earlierRuns(), runs.length - 1)] ?? {}
}

const recordStart = (stdin: string | null): void => {
  const start: FakeStart = {
    pid: process.pid,
    args,
    cwd: process.cwd(),
    env: process.env as Record<string, string>,
    stdin,
  }
  fs.appendFileSync(path.join(directory, "starts.jsonl"), `${JSON.stringify(start)}\n`)
}

const perform = async (act: FakeAct): Promise<void> => {
  if (act.ignoreTerm === true) process.on("SIGTERM", () => {})
  if (act.onTerm !== undefined) {
    const { events, exitCode } = act.onTerm
    process.on("SIGTERM", () => {
      say(events)
      process.exit(exitCode ?? 0)
    })
  }
  if (act.setsidChild === true) {
    const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" })
    child.unref()
    fs.writeFileSync(path.join(directory, "setsid.pid"), String(child.pid))
  }
  const terminal = command === "--session" ? "inherit" : "ignore"
  if (act.shell !== undefined) spawnSync("/bin/sh", ["-c", act.shell], { stdio: [terminal, terminal, "inherit"] })
  if (act.stderr !== undefined) fs.writeSync(2, act.stderr)
  say(act.events)
  if (act.delayMs !== undefined) await Bun.sleep(act.delayMs)
  const burnt = performance.now() + (act.burnMs ?? 0)
  while (performance.now() < burnt) Math.sqrt(Math.random())
  if (act.hang === true) await new Promise(() => setInterval(() => {}, 60_000))
  if (act.signal !== undefined) process.kill(process.pid, act.signal)
}

const say = (events: FakeAct["events"]): void => {
  for (const event of events ?? []) writeOut(typeof event === "string" ? event : `${JSON.stringify(event)}\n`)
}

const writeOut = (text: string): void => {
  let bytes = Buffer.from(text)
  while (bytes.length > 0) bytes = bytes.subarray(fs.writeSync(1, bytes))
}

interface Document {
  readonly info: { readonly id: string }
  readonly messages: ReadonlyArray<{ readonly info: { readonly id: string }; readonly parts: ReadonlyArray<object> }>
}

/** The tables of opencode, as far as kugetsu reads them, and the whole document for `export`. */
const openDatabase = (): Database => {
  const db = new Database(process.env.OPENCODE_DB ?? ":memory:")
  db.run(`CREATE TABLE IF NOT EXISTS session
    (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, permission TEXT, slug TEXT DEFAULT '',
     version TEXT DEFAULT '', time_created INTEGER DEFAULT 0, time_updated INTEGER, document TEXT)`)
  db.run("CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, session_id TEXT, data TEXT)")
  db.run("CREATE TABLE IF NOT EXISTS part (id TEXT, message_id TEXT, session_id TEXT, data TEXT)")
  return db
}

const insertMessage = (db: Database, session: string, { info, parts }: Document["messages"][number]): void => {
  db.query("INSERT OR REPLACE INTO message VALUES (?, ?, ?)").run(info.id, session, JSON.stringify(info))
  for (const [at, part] of parts.entries()) {
    const id = (part as { readonly id?: string }).id ?? `${info.id}_${at}`
    db.query("INSERT INTO part VALUES (?, ?, ?, ?)").run(id, info.id, session, JSON.stringify(part))
  }
}

/** What was asked and said in a turn becomes part of the session, before anything can end the turn. */
const remember = (prompt: string, { events = [] }: FakeAct): void => {
  const session = args.find((word) => word.startsWith("--session="))?.slice("--session=".length)
  if (session === undefined || !fs.existsSync(process.env.OPENCODE_DB ?? "")) return
  using db = openDatabase()
  const row = db.query<{ document: string }, [string]>("SELECT document FROM session WHERE id = ?").get(session)
  if (row === null) return
  const document = JSON.parse(row.document) as Document
  const said = events.flatMap((event) => {
    const { part, type } = event as { readonly type?: string; readonly part?: { readonly text?: string } }
    return type === "text" && part?.text !== undefined ? [part.text] : []
  })
  const now = Date.now()
  const message = (role: string, texts: ReadonlyArray<string>, at: number) => {
    const id = `msg_${String(document.messages.length + at).padStart(6, "0")}${now}`
    const parts = texts.map((text, n) => ({ id: `prt_${id}_${n}`, type: "text", text }))
    return { info: { id, role, time: { created: now } }, parts }
  }
  const added = [message("user", [prompt], 0), ...(said.length === 0 ? [] : [message("assistant", said, 1)])]
  for (const one of added) insertMessage(db, session, one)
  const whole = { ...document, messages: [...document.messages, ...added] }
  db.query("UPDATE session SET document = ? WHERE id = ?").run(JSON.stringify(whole), session)
}

/** Bound to the current directory, as opencode does it. */
const importDocument = (file: string, { directory: bound = process.cwd(), loses = 0, refuses }: FakeAct): void => {
  const text = fs.readFileSync(file, "utf8")
  if (refuses !== undefined && text.includes(refuses)) {
    fs.writeSync(2, "Error: a part of a kind that is not known\n")
    process.exit(1)
  }
  const document = JSON.parse(text) as Document
  const { id } = document.info
  const db = openDatabase()
  db.query("INSERT OR REPLACE INTO session (id, directory, time_updated, document) VALUES (?, ?, ?, ?)").run(
    id,
    bound,
    Date.now(),
    JSON.stringify(document),
  )
  for (const message of document.messages.slice(0, document.messages.length - loses)) insertMessage(db, id, message)
  db.close()
}

const exportDocument = (id: string): string => {
  const row = openDatabase().query<{ document: string }, [string]>("SELECT document FROM session WHERE id = ?").get(id)
  if (row !== null) return row.document
  fs.writeSync(2, "Session not found\n")
  process.exit(1)
}

if (command === "--version") {
  writeOut(`${plan.version ?? "1.18.33"}\n`)
} else {
  const act = actFor()
  const prompt = command === "run" ? await Bun.stdin.text() : null
  recordStart(prompt)
  if (prompt !== null) remember(prompt, act)
  await perform(act)
  if (command === "import" && act.exitCode === undefined) importDocument(args[1] ?? "", act)
  if (command === "export" && act.events === undefined) writeOut(exportDocument(args[1] ?? ""))
  process.exitCode = act.exitCode ?? 0
}

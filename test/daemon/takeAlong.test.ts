import { expect } from "bun:test"
import { Agent } from "@kugetsu/core/Agent"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { takeAlong } from "@kugetsu/daemon/takeAlong"
import { Database } from "bun:sqlite"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { opencodeLayers, placeFor } from "../kit/agentTurns.ts"
import { effectTest } from "../kit/effectTest.ts"
import { fakeOpencode } from "../kit/fakeOpencode.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const sample = path.join(import.meta.dirname, "..", "disk", "first-kugetsu-home")
const name = (identifier: string) => `github.com-shoko-kugetsu-${identifier}`
const sessions = {
  base: "ses_2b8f0c1d4ffeBaseSession000",
  pm: "ses_2b8f0c1d4ffePmSession00000",
  fourteen: "ses_2b8e511a5ffeIssueFourteen00",
}

/** A home of the first kugetsu, and a person whose own opencode has these sessions, id to what was said in it. */
const setting = Effect.fnUntraced(function* (own: Readonly<Record<string, string>>) {
  const root = yield* temporaryDirectory
  const home = path.join(root, ".kugetsu")
  fs.cpSync(sample, home, { recursive: true })
  const fake = fakeOpencode(path.join(root, "bin"))
  const storage = path.join(root, ".local", "share", "opencode")
  fs.mkdirSync(storage, { recursive: true })
  using db = new Database(path.join(storage, "opencode.db"))
  db.run("CREATE TABLE session (id TEXT, directory TEXT, document TEXT)")
  for (const [id, text] of Object.entries(own)) {
    const document = { info: { id }, messages: [{ info: { id: `msg_${id}` }, parts: [{ id: `prt_${id}`, text }] }] }
    db.query("INSERT INTO session VALUES (?, '/home/user', ?)").run(id, JSON.stringify(document))
  }
  const env = { PATH: process.env.PATH ?? "", HOME: root, OPENCODE_BIN: fake.program }
  /** What a run does to have its session: the notes, its id and what was said in it. */
  const ensure = (at: string, known: string | null, role: "dev" | "pm-agent" = "dev") =>
    Effect.gen(function* () {
      const tmp = fs.mkdtempSync(path.join(root, "tmp-"))
      const place = yield* placeFor({ name: at, directory: path.join(root, "trees", at), tmp, role })
      const paths = yield* KugetsuHome
      const { earlier, notes } = yield* takeAlong(place, known, tmp)
      const base = role === "dev" ? paths.agent("base").export : null
      const id = yield* (yield* Agent).ensureSession(place, { known, base, earlier })
      using made = new Database(paths.agent(at).database, { readonly: true })
      const { document } = made.query<{ document: string }, []>("SELECT document FROM session").get()!
      const said = JSON.parse(document).messages.map(({ parts }: any) => parts[0].text)
      return { notes, id, said }
    }).pipe(Effect.provide(Layer.provideMerge(Sessions.layer, opencodeLayers(home, env))))
  return { home, ensure, exports: () => fake.starts().filter(({ args }) => args[0] === "export").length }
})

effectTest("an issue goes on under the id of its record with what was said, and is looked for once", () =>
  Effect.gen(function* () {
    const { ensure, exports } = yield* setting({ [sessions.fourteen]: "fix it", [sessions.base]: "be kind" })
    const first = yield* ensure(name("14"), sessions.fourteen)
    expect(first).toEqual({ notes: [], id: sessions.fourteen, said: ["fix it"] })
    expect(yield* ensure(name("14"), sessions.fourteen)).toEqual(first)
    expect(exports()).toBe(1)
  }),
)

effectTest("an issue that has no session yet begins with what the base session was told, which is fetched once", () =>
  Effect.gen(function* () {
    const { ensure, exports } = yield* setting({ [sessions.base]: "be kind" })
    for (const identifier of ["17", "99"]) {
      const { id, notes, said } = yield* ensure(name(identifier), null)
      expect([notes, said]).toEqual([[], ["be kind"]])
      expect(id).not.toBe(sessions.base)
    }
    expect(exports()).toBe(1)
  }),
)

effectTest("where the person's opencode has nothing of it a session begins anew, and that is said once", () =>
  Effect.gen(function* () {
    const { ensure } = yield* setting({})
    const { id, notes, said } = yield* ensure(name("14"), sessions.fourteen)
    expect(notes).toEqual([
      expect.stringContaining(`the earlier session ${sessions.fourteen} could not be taken along: it is not in `),
      expect.stringContaining(`the base session ${sessions.base} could not be taken along: it is not in `),
    ])
    expect(said).toEqual([])
    expect((yield* ensure(name("14"), id)).notes).toEqual([])
  }),
)

effectTest("the PM keeps its conversation, and no issue whose record names the PM's session gets it", () =>
  Effect.gen(function* () {
    const { ensure, home } = yield* setting({ [sessions.pm]: "coordinate", [sessions.base]: "be kind" })
    expect((yield* ensure("pm-agent", sessions.pm, "pm-agent")).said).toEqual(["coordinate"])
    const file = path.join(home, "sessions", `${name("15")}.json`)
    const record = JSON.parse(fs.readFileSync(file, "utf8"))
    fs.writeFileSync(file, JSON.stringify({ ...record, opencode_session_id: sessions.pm }))
    const { id, notes, said } = yield* ensure(name("15"), sessions.pm)
    expect(notes).toEqual([expect.stringContaining("it is recorded for the PM, too")])
    expect(said).toEqual(["be kind"])
    expect(id).not.toBe(sessions.pm)
  }),
)

import { expect } from "bun:test"
import { Agent } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { Opencode } from "@kugetsu/core/opencode/Opencode"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { takeAlong } from "@kugetsu/daemon/takeAlong"
import { Database } from "bun:sqlite"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { placeFor } from "../kit/agentTurns.ts"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { fakeOpencode } from "../kit/fakeOpencode.ts"
import { GitBox } from "../kit/git.ts"
import { gitLayers } from "../kit/gitLayers.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const sample = path.join(import.meta.dirname, "..", "disk", "first-kugetsu-home")
const remote = "https://github.com/shoko/kugetsu.git"
const name = (identifier: string) => `github.com-shoko-kugetsu-${identifier}`
const sessions = {
  base: "ses_2b8f0c1d4ffeBaseSession000",
  pm: "ses_2b8f0c1d4ffePmSession00000",
  fourteen: "ses_2b8e511a5ffeIssueFourteen00",
  fifteen: "ses_2b8e511a5ffeIssueFifteen000",
}

/**
 * A home of the first kugetsu, and a person whose own opencode has these sessions, id to what was said in it. `bound`:
 * those that are not of the directory they were all made in.
 */
const setting = Effect.fnUntraced(function* (
  own: Readonly<Record<string, string>>,
  bound: (box: GitBox) => Readonly<Record<string, string>> = () => ({}),
) {
  const box = new GitBox(yield* temporaryDirectory)
  const root = box.dir
  const directories = bound(box)
  const home = path.join(root, ".kugetsu")
  fs.cpSync(sample, home, { recursive: true })
  const fake = fakeOpencode(path.join(root, "bin"))
  const storage = path.join(root, ".local", "share", "opencode")
  fs.mkdirSync(storage, { recursive: true })
  using db = new Database(path.join(storage, "opencode.db"))
  db.run("CREATE TABLE session (id TEXT, directory TEXT, document TEXT)")
  for (const [id, text] of Object.entries(own)) {
    const document = { info: { id }, messages: [{ info: { id: `msg_${id}` }, parts: [{ id: `prt_${id}`, text }] }] }
    db.query("INSERT INTO session VALUES (?, ?, ?)").run(id, directories[id] ?? "/home/user", JSON.stringify(document))
  }
  const env = { ...box.env, HOME: root, OPENCODE_BIN: fake.program }
  const layers = Layer.mergeAll(Opencode.layer, AgentEnvironment.layer).pipe(
    Layer.provideMerge(gitLayers({ root: home, env })),
    Layer.provideMerge(ProcessesLive),
  )
  const services = yield* Layer.build(layers)
  /** What a run does to have its session: the notes, its id and what was said in it. */
  const ensure = (at: string, known: string | null, role: "dev" | "pm-agent" = "dev") =>
    Effect.gen(function* () {
      const tmp = fs.mkdtempSync(path.join(root, "tmp-"))
      const place = yield* placeFor({ name: at, directory: path.join(root, "trees", at), tmp, role })
      const paths = yield* KugetsuHome
      const { earlier, notes } = yield* takeAlong(place, { known, cloneUrl: role === "dev" ? remote : null, tmp })
      const base = role === "dev" ? paths.agent("base").export : null
      const id = yield* (yield* Agent).ensureSession(place, { known, base, earlier })
      using made = new Database(paths.agent(at).database, { readonly: true })
      const { document } = made.query<{ document: string }, []>("SELECT document FROM session").get()!
      const said = JSON.parse(document).messages.map(({ parts }: any) => parts[0].text)
      return { notes, id, said }
    }).pipe(Effect.provide(services))
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
      expect.stringContaining(
        `session ${sessions.fourteen} is not in this home, and could not be taken along: it is not in `,
      ),
      expect.stringContaining(`the base session ${sessions.base} could not be taken along: it is not in `),
    ])
    expect(said).toEqual([])
    expect((yield* ensure(name("14"), id)).notes).toEqual([])
    expect((yield* ensure(name("17"), null)).notes).toEqual([])
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

/** A repository of the person's, with such an `origin`. */
const repositoryOf = (box: GitBox, origin: string) => {
  const dir = path.join(box.dir, "projects", path.basename(origin))
  box.run(box.dir, "init", "--quiet", dir)
  box.run(dir, "remote", "add", "origin", origin)
  return dir
}

effectTest("a session of the person's own on another project is not taken for an issue's whose record names it", () =>
  Effect.gen(function* () {
    const origin = "https://example.org/ann/diary.git"
    const own = { [sessions.fourteen]: "dear diary", [sessions.base]: "be kind" }
    const { ensure } = yield* setting(own, (box) => {
      const diary = path.join(repositoryOf(box, origin), "a folder that is gone")
      return { [sessions.fourteen]: diary }
    })
    const { id, notes, said } = yield* ensure(name("14"), sessions.fourteen)
    expect(notes).toEqual([expect.stringContaining(`a folder that is gone, which belongs to ${origin}`)])
    expect([said, id === sessions.fourteen]).toEqual([["be kind"], false])
  }),
)

effectTest("a session that worked in the issue's own repository, or where all were forked, comes along", () =>
  Effect.gen(function* () {
    const own = { [sessions.fourteen]: "fix it", [sessions.fifteen]: "and that", [sessions.base]: "be kind" }
    const { ensure } = yield* setting(own, (box) => {
      const home = repositoryOf(box, "https://example.org/ann/dotfiles.git")
      return { [sessions.fourteen]: repositoryOf(box, remote), [sessions.fifteen]: home, [sessions.base]: home }
    })
    expect((yield* ensure(name("14"), sessions.fourteen)).said).toEqual(["fix it"])
    expect((yield* ensure(name("15"), sessions.fifteen)).said).toEqual(["and that"])
  }),
)

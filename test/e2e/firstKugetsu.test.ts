import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { layOutFirstHome } from "../kit/firstHome.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage, realStageWith } from "../kit/stage.ts"

const issue = "github.com/shoko/kugetsu#14"

/** Name and contents of the databases in a directory. */
const databasesIn = (dir: string) =>
  Object.fromEntries(
    fs
      .readdirSync(dir)
      .filter((name) => name.includes(".db"))
      .map((name) => [name, Bun.hash(fs.readFileSync(path.join(dir, name)))]),
  )

effectTest(
  "work of the first kugetsu goes on where it was, with its conversation, and the person's opencode is only read",
  () =>
    Effect.gen(function* () {
      const stage = yield* realStageWith({ init: false })
      const { env, git, home, json, kugetsuHome, model, say } = stage
      const first = layOutFirstHome(kugetsuHome, git, git.remote("kugetsu.git"))
      const worktree = first.worktree("14")
      // as the first kugetsu started it: in the worktree, in the person's own storage
      const said = say("fix the authentication bug", { text: "The token was read before it was set." })
      const events = yield* Effect.promise(async () => {
        const child = Bun.spawn([env.OPENCODE_BIN!, "run", "--format=json", said], {
          cwd: worktree,
          env: { ...env, PWD: worktree },
          stdin: "ignore",
          stdout: Bun.file(path.join(home, "events")),
          stderr: Bun.file(path.join(home, "errors")),
        })
        await child.exited
        return fs.readFileSync(path.join(home, "events"), "utf8")
      })
      const session = JSON.parse(events.split("\n", 1)[0] ?? "").sessionID as string
      first.record("14", { opencode_session_id: session })
      const storage = path.join(home, ".local", "share", "opencode")
      const before = databasesIn(storage)

      const { answer, code } = yield* json(["continue", issue, say("add unit tests", { text: "Added." })])
      expect([code, answer.outcome, answer.session_id, answer.worktree_path]).toEqual([
        0,
        "no_change",
        session,
        worktree,
      ])
      const last = model.requests.filter(({ purpose }) => purpose === "turn").at(-1)
      expect(last?.directory).toBe(fs.realpathSync(worktree))
      const messages = JSON.stringify(last?.body)
      expect(messages).toContain("fix the authentication bug")
      expect(messages).toContain("The token was read before it was set.")
      expect(fs.readFileSync(path.join(worktree, "half done.txt"), "utf8")).toBe("half done\n")
      expect(git.run(worktree, "status", "--porcelain")).toBe(' M README.md\n?? "half done.txt"')
      expect(git.run(worktree, "branch", "--show-current")).toBe("fix/issue-14")
      expect(databasesIn(storage)).toEqual(before)
      expect(fs.readdirSync(path.join(kugetsuHome, "trash"))).toEqual([])
    }),
)

effectTest("where the earlier conversation is gone the work goes on all the same, and the evidence says so once", () =>
  Effect.gen(function* () {
    const { git, json, kugetsuHome } = yield* fakeStage({ run: { events: goodTurn("done") } }, { init: false })
    const first = layOutFirstHome(kugetsuHome, git, git.remote("kugetsu.git"))
    const worktree = first.worktree("14")
    const { answer } = yield* json(["continue", issue])
    const note = (evidence: ReadonlyArray<string>) =>
      evidence.filter((fact) => fact.includes("could not be taken along"))
    expect(note(answer.evidence)).toEqual([
      expect.stringContaining("session ses_2b8e511a5ffeIssueFourteen00 is not in this home"),
      expect.stringContaining("the base session ses_2b8f0c1d4ffeBaseSession000"),
    ])
    expect([answer.outcome, answer.worktree_path]).toEqual(["no_change", worktree])
    expect(fs.existsSync(path.join(worktree, "half done.txt"))).toBe(true)
    const again = (yield* json(["continue", issue])).answer
    expect([note(again.evidence), again.session_id]).toEqual([[], answer.session_id])
  }),
)

import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { layOutFirstHome } from "../kit/firstHome.ts"
import { GitBox } from "../kit/git.ts"
import { freshPerson } from "../kit/kugetsu.ts"

const issue = (identifier: string) => `github.com/shoko/kugetsu#${identifier}`

/** A person whose home is a sample, and the contents of its files by name. */
const personWith = Effect.fnUntraced(function* (sample: string) {
  const { home, kugetsu, kugetsuHome } = yield* freshPerson
  const git = new GitBox(fs.mkdtempSync(path.join(home, "git-")))
  const first = layOutFirstHome(kugetsuHome, git, git.remote("kugetsu.git"), sample)
  const json = (...words: ReadonlyArray<string>) =>
    Effect.map(kugetsu([...words, "--json"], { env: git.env }), ({ code, stderr, stdout }) => ({
      code,
      stderr,
      answer: JSON.parse(stdout) as any,
    }))
  const files = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      (fs.readdirSync(kugetsuHome, { recursive: true, withFileTypes: true }) as ReadonlyArray<fs.Dirent>)
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => [path.relative(kugetsuHome, file), fs.readFileSync(file, "latin1")]),
    )
  return {
    first,
    git,
    json,
    kugetsuHome,
    files,
    run: (...words: ReadonlyArray<string>) => kugetsu(words, { env: git.env }),
  }
})

/** What is in `before` and no longer, or otherwise, in `after`. */
const lost = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  Object.keys(before).filter((name) => after[name] !== before[name])

effectTest("every command reads a home of the first kugetsu, and none changes what is in it", () =>
  Effect.gen(function* () {
    const { files, first, json, kugetsuHome, run } = yield* personWith("first-kugetsu-home")
    const worktree = first.worktree("14")
    first.worktree("15")
    const before = files()

    const { answer: listed } = yield* json("list")
    expect(listed.map(({ issue_ref, session_id, state }: any) => [issue_ref, state, session_id])).toEqual([
      [null, "idle", "ses_2b8f0c1d4ffeBaseSession000"],
      [null, "idle", "ses_2b8f0c1d4ffePmSession00000"],
      [issue("-discuss"), "idle", "ses_2b8e511a5ffeDiscuss0000000"],
      [issue("14"), "idle", "ses_2b8e511a5ffeIssueFourteen00"],
      [issue("15"), "timeout", "ses_2b8e511a5ffeIssueFifteen000"],
      [issue("16"), "completed", "ses_2b8e511a5ffeIssueSixteen000"],
      [issue("17"), "idle", null], // that program never said so when an agent ended
    ])
    const { answer: status, code } = yield* json("status")
    expect([code, status.status, status.daemon.running ?? false, status.slots]).toEqual([
      0,
      "ok",
      false,
      { limit: 5, used: 0 },
    ])
    expect(status.queue).toMatchObject({ pending: 2, completed: 1, error: 2, bad: 0 })
    expect((yield* json("notify", "list")).answer.map(({ type }: any) => type)).toEqual(["task_error", "task_blocked"])
    expect((yield* json("explain", issue("14"))).answer).toMatchObject({ running: false, gate: "no_daemon" })
    expect((yield* json("logs")).answer).toEqual([])
    const shown = yield* run("env", "show", "pm-agent")
    expect([shown.code, shown.stdout]).toEqual([0, "GITEA_TOKEN=***\nGITHUB_TOKEN=\n"])
    expect((yield* run("prune")).stderr).toBe("There is nothing that belongs to no session.\n")

    const refused = yield* json("destroy", issue("14"), "-y")
    expect([refused.code, refused.answer.removed]).toEqual([73, false])
    expect(refused.answer.reasons.map(({ reason }: any) => reason)).toContain("uncommitted_changes")
    expect(fs.readFileSync(path.join(worktree, "half done.txt"), "utf8")).toBe("half done\n")

    const after = files()
    // the queue keeps each state in a place of its own
    const moved = ["q_1775548801", "q_1775548802", "q_1775548803"].map((id) => `queue/items/${id}.json`)
    const known = lost(before, after).filter((name) => !name.startsWith("repositories/"))
    expect(known.sort()).toEqual(moved)
    for (const name of moved) expect(fs.existsSync(path.join(kugetsuHome, name.replace("items", "done")))).toBe(true)
  }),
)

effectTest("of a damaged home of the first kugetsu all that can be understood is shown, and the rest by its name", () =>
  Effect.gen(function* () {
    const { files, json, kugetsuHome, run } = yield* personWith("first-kugetsu-damaged")
    const before = files()
    const listed = yield* json("list")
    expect([listed.code, listed.stderr]).toEqual([78, expect.stringContaining("github.com-shoko-kugetsu-23.json")])
    expect(listed.answer.map(({ issue_ref, state, type }: any) => [type, issue_ref, state])).toEqual([
      ["base", null, "idle"],
      ["pm_agent", null, "idle"],
      ["forked", issue("20"), "idle"],
      ["forked", issue("21"), "timeout"],
      ["forked", issue("22"), "idle"],
    ])
    const { answer: items } = yield* json("queue", "list")
    expect(items.map(({ id, message, state }: any) => [id, state, message])).toEqual([
      ["q_1775548812", "error", ""],
      ["q_1775548810", "pending", "go on"],
    ])
    expect((yield* json("notify", "list")).answer).toHaveLength(1)
    yield* run("prune", "--force")
    const after = files()
    expect(lost(before, after).sort()).toEqual([
      "index.json", // made again from the sessions
      "queue/items/q_1775548811.json", // put aside as it was
      "queue/items/q_1775548812.json",
    ])
    expect(Object.keys(JSON.parse(fs.readFileSync(path.join(kugetsuHome, "index.json"), "utf8")).issues)).toHaveLength(
      3,
    )
    expect(after["queue/bad/q_1775548811.json"]).toBe(before["queue/items/q_1775548811.json"]!)
  }),
)

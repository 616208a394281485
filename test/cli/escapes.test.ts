import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, ref } from "../kit/queueStage.ts"

const nasty = "\u001b[2J\u009bx\u0007"

/** Puts control characters into every text of a record that may hold any text. */
const poison = (file: string, change: (record: any) => object) => {
  const record = JSON.parse(fs.readFileSync(file, "utf8"))
  fs.writeFileSync(file, JSON.stringify({ ...record, ...change(record) }))
}

effectTest("whatever the records hold, no command brings a control character to the terminal", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { events: goodTurn("well") } })
    const at = (...parts: ReadonlyArray<string>) => path.join(made.kugetsuHome, ...parts)
    const { answer } = yield* made.json(["start", ref(1), "go"])
    const [waiting, ended] = [yield* made.delegate(["one"]), yield* made.delegate(["two"])]
    yield* made.answer(["queue", "cancel", ended])
    poison(at("queue", "items", `${waiting}.json`), () => ({ issue_ref: nasty, message: nasty, error: nasty }))
    poison(at("queue", "done", `${ended}.json`), () => ({ issue_ref: nasty, error: nasty }))
    fs.writeFileSync(at("queue", "items", `q_${nasty}.json`), "{")
    fs.writeFileSync(at("queue", "items", "q_broken.json"), JSON.stringify({ version: nasty }))
    poison(at("sessions", "example.org-ann-tool-1.json"), () => ({
      worktree_path: nasty,
      branch_name: nasty,
      pr_url: nasty,
      opencode_session_id: nasty,
    }))
    const run = (...name: ReadonlyArray<string>) => at("runs", answer.run, ...name)
    poison(run("request.json"), () => ({ issue_ref: nasty, message: nasty }))
    poison(run("started.json"), () => ({ worktree_path: nasty, branch_name: nasty }))
    poison(run("exit.json"), ({ evidence }) => ({
      issue_ref: nasty,
      evidence: [...evidence, nasty],
      branch_name: nasty,
      pr_url: nasty,
    }))
    fs.appendFileSync(at("config"), `\nODD_KEY="${nasty}"\nODD_KEY2=1\n`)
    fs.writeFileSync(
      at("notifications.json"),
      JSON.stringify([
        { id: nasty, timestamp: nasty, type: nasty, message: nasty, issue_ref: nasty, url: nasty, read: false },
      ]),
    )
    for (const words of [
      ["queue", "list"],
      ["queue", "stats"],
      ["explain", waiting],
      ["explain", ended],
      ["queue", "retry", ended],
      ["queue", "cancel", waiting],
      ["list"],
      ["logs"],
      ["logs", answer.run],
      ["logs", answer.run, "-f"],
      ["notify", "list"],
      ["status"],
    ]) {
      const { screen } = yield* made.onTerminal(words, { env: { ...made.env, NO_COLOR: "1" } })
      expect([words.join(" "), screen.replace(/[\n\t\x20-\x7e\u00a0-\uffff]/g, "")]).toEqual([words.join(" "), ""])
    }
    // it was there to be seen
    expect((yield* made.run(["queue", "list"])).stdout).toContain("\\x1b[2J\\x9bx\\x07")
    expect((yield* made.run(["notify", "list"])).stdout).toContain("\\x1b[2J")
  }),
)

import { expect } from "bun:test"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import type { ModelRequest } from "../kit/scriptedModel.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage, realStageWith } from "../kit/stage.ts"

const ref = "example.org/ann/tool#1"
const name = "example.org-ann-tool-1"

interface ChatMessage {
  readonly role: string
  readonly content: string | null | ReadonlyArray<{ readonly text?: string }>
}

/** All that the model was given in a request, message by message. */
const heard = (request: ModelRequest): ReadonlyArray<string> =>
  (request.body as { readonly messages: ReadonlyArray<ChatMessage> }).messages.map(({ content }) =>
    typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join(""),
  )

/** What a digest has of a message ends before the script in it, which the model would follow again. */
const cutInDigest = (words: string) => `${words}${" ".repeat(2000)}`

const bash = (command: string) => ({ tool: "bash", args: { command, description: "a command" } })

effectTest(
  "killed, without its database, an issue goes on with its history; without any copy of it, with a digest",
  () =>
    Effect.gen(function* () {
      const stage = yield* realStageWith()
      stage.repository("tool")
      expect((yield* stage.run(["env", "set", "SECRET_WORD", "xyzzy-plugh-42", "dev"])).code).toBe(0)
      const contextFile = path.join(stage.kugetsuHome, "context", `${name}.json`)
      const agents = path.join(stage.kugetsuHome, "agents", name)
      const exported = path.join(agents, "export.json")
      const loseDatabase = () => {
        for (const file of fs.readdirSync(agents)) {
          if (file.startsWith("opencode.db")) fs.rmSync(path.join(agents, file))
        }
      }
      /** The context, once the run that it must know is in it. */
      const untilKept = Effect.fnUntraced(function* (runs: number) {
        while (!(JSON.parse(fs.existsSync(contextFile) ? kept() : "null")?.runs.length >= runs)) yield* Effect.sleep(20)
        return JSON.parse(kept())
      })
      const kept = () => fs.readFileSync(contextFile, "utf8")
      const newest = () => stage.model.requests.filter(({ purpose }) => purpose === "turn").at(-1)!
      const go = Effect.fnUntraced(function* (words: ReadonlyArray<string>) {
        const { answer, code, stderr } = yield* stage.json(words)
        expect([code, stderr.includes("***")]).toEqual([0, false])
        return answer as { readonly session_id: string; readonly evidence: ReadonlyArray<string> }
      })

      // its supervisor and its agent are killed while a tool runs
      const sign = path.join(stage.home, "working")
      const steps = [
        { text: "The first clue is a blue door.", ...bash("echo the key is $SECRET_WORD") },
        bash('touch "$HOME/working"; sleep 600'),
      ]
      const first = stage.start(["start", ref, stage.say(cutInDigest("Look for clues."), ...steps), "--json"])
      while (!fs.existsSync(sign)) yield* Effect.sleep(50)
      const [run = ""] = fs.readdirSync(path.join(stage.kugetsuHome, "runs"))
      for (const [file, role] of [
        ["supervisor.json", "supervisor"],
        ["agent.json", "agent"],
      ] as const) {
        const record = JSON.parse(fs.readFileSync(path.join(stage.kugetsuHome, "runs", run, file), "utf8"))
        process.kill(record[role].pid, "SIGKILL")
      }
      expect(yield* Effect.promise(() => first.exited)).toBe(1)
      const lost = yield* untilKept(1)
      expect(lost.runs.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["lost"])
      loseDatabase()

      const restored = yield* go([
        "continue",
        ref,
        stage.say(cutInDigest("What was the clue?"), { text: "It was the blue door." }),
      ])
      expect(restored.session_id).toBe(lost.session.id)
      expect(restored.evidence.join()).toContain("from the copy of it")
      const again = heard(newest())
      expect(again.some((text) => text.includes("Look for clues."))).toBe(true)
      expect(again.some((text) => text.includes("The first clue is a blue door."))).toBe(true)
      expect(again.some((text) => text.includes("the key is ***"))).toBe(true)
      expect(again.join()).not.toContain("xyzzy-plugh-42")
      expect(again.at(-1)).toStartWith("This conversation was made anew from a copy.")

      yield* untilKept(2)
      loseDatabase()
      for (const file of [exported, path.join(agents, "export.previous.json")]) fs.writeFileSync(file, '{"info":{')
      const fresh = yield* go(["continue", ref, stage.say("And now?", { text: "Now I know it from the digest." })])
      expect(fresh.session_id).not.toBe(restored.session_id)
      expect(fresh.evidence.join()).toContain("given a digest")
      const told = heard(newest()).at(-1)!
      expect(told).toStartWith("# Earlier work")
      expect(told).toMatch(/Look for clues\.[^]*lost: [^]*It was the blue door\.[^]*## Message\n\nAnd now\?/)

      const whole = yield* untilKept(3)
      const words = whole.conversation_history.map(({ content }: { content: string }) => content).join("\n")
      for (const text of ["Look for clues.", "a blue door", "It was the blue door.", "from the digest"]) {
        expect(words).toContain(text)
      }
      expect(whole.session.id).toBe(fresh.session_id)
      expect(whole.last_message).toBe("Now I know it from the digest.")
      expect(fs.statSync(contextFile).mode & 0o777).toBe(0o600)
      for (const text of [kept(), fs.readFileSync(exported, "utf8")]) expect(text).not.toContain("xyzzy-plugh-42")
    }),
  300_000,
)

/** An issue with one ended run, of an agent that said so, and its files. */
const afterOneRun = Effect.gen(function* () {
  const made = yield* fakeStage()
  made.repository("tool")
  const at = (...parts: ReadonlyArray<string>) => path.join(made.kugetsuHome, ...parts)
  const contextFile = at("context", `${name}.json`)
  /** Starts or continues, and waits for the end of the supervisor, which outlives its outcome. */
  const go = Effect.fnUntraced(function* (words: ReadonlyArray<string>, text = "Done.", shell = "true") {
    made.opencode.plan({ run: { events: goodTurn(text), shell } })
    const { answer, code } = yield* made.json(words)
    expect([words[0], code]).toEqual([words[0], 0])
    const { supervisor } = JSON.parse(fs.readFileSync(at("runs", answer.run, "supervisor.json"), "utf8"))
    while (isAlive(supervisor)) yield* Effect.sleep(10)
    return made.opencode.starts().findLast(({ args }) => args[0] === "run")?.stdin ?? ""
  })
  const first = yield* go(["start", ref, "first task"], "First words.")
  return { ...made, at, contextFile, go, first }
})

/** A run finds neither the database nor a copy. */
const loseSession = ({ at }: Effect.Success<typeof afterOneRun>) => fs.rmSync(at("agents", name), { recursive: true })

effectTest("who lost its whole session has a digest once, in the first prompt of the new one", () =>
  Effect.gen(function* () {
    const made = yield* afterOneRun
    expect(made.first).toStartWith("You work on the issue")
    const work = "echo a > a.txt; git add -A; git commit -qm '#1: add a'; echo b > b.txt"
    expect(yield* made.go(["continue", ref, "second task"], "Done.", work)).toStartWith("You work on the issue")
    loseSession(made)
    const third = yield* made.go(["continue", ref, "third task"], "Third words.")
    expect(third).toMatch(/^# Earlier work[^]*first task[^]*second task[^]*Done\.[^]*## Message\n\nthird task$/)
    expect(third).toMatch(/#1: add a\n[^]*Changes in no commit:[^]*b\.txt\n[^]* a\.txt \| 1 \+\n/)
    expect(yield* made.go(["continue", ref, "fourth task"])).toStartWith("You work on the issue")
    expect(yield* made.go(["start", ref, "--fresh", "anew"])).toStartWith("You work on the issue")
    expect(fs.readFileSync(made.contextFile, "utf8")).not.toContain("first task")
  }),
)

effectTest("destroy takes the context of its issue and no other along, and restore brings it back as it was", () =>
  Effect.gen(function* () {
    const made = yield* afterOneRun
    const other = made.at("context", "example.org-ann-tool-2.json")
    yield* made.go(["start", "example.org/ann/tool#2", "other task"])
    const [before, others] = [made.contextFile, other].map((file) => fs.readFileSync(file, "utf8"))
    expect((yield* made.run(["destroy", ref, "-y", "--force"])).code).toBe(0)
    expect([fs.existsSync(made.contextFile), fs.readFileSync(other, "utf8") === others]).toEqual([false, true])
    expect((yield* made.run(["restore", ref])).code).toBe(0)
    expect(fs.readFileSync(made.contextFile, "utf8")).toBe(before!)
    expect((yield* made.json(["context", ref])).answer).toEqual(JSON.parse(before!))
    const { code, stdout } = yield* made.run(["context", ref])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^example\.org\/ann\/tool#1\nfix\/issue-1 {2}2 messages[^]*no_change[^]*First words\./)
    expect((yield* made.run(["context", "example.org/ann/tool#3"])).code).toBe(1)
  }),
)

effectTest(
  "with ENABLE_CONTEXT_DUMP=false nothing is written; a context that cannot be read is told, and left alone",
  () =>
    Effect.gen(function* () {
      const made = yield* afterOneRun
      const config = made.at("config")
      const lines = fs.readFileSync(config, "utf8")
      const before = fs.readFileSync(made.contextFile, "utf8")
      fs.writeFileSync(config, `${lines}\nENABLE_CONTEXT_DUMP=false\n`)
      yield* made.go(["continue", ref, "second task"])
      expect(fs.readFileSync(made.contextFile, "utf8")).toBe(before)

      fs.writeFileSync(config, lines)
      fs.writeFileSync(made.contextFile, before.slice(0, -5))
      yield* made.go(["continue", ref, "third task"])
      expect(fs.readFileSync(made.contextFile, "utf8")).toBe(before.slice(0, -5))
      const { answer } = yield* made.json(["notify", "list"])
      const told = (answer as ReadonlyArray<{ readonly type: string; readonly message: string }>).filter(
        ({ message }) => message.includes(made.contextFile),
      )
      // of the run before it, too, now that contexts are kept again
      expect(told.map(({ type }) => type).sort()).toEqual(["context_not_kept", "context_not_kept", "record_unreadable"])
      expect((yield* made.run(["context", ref])).code).toBe(78)
    }),
)

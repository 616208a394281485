import { expect } from "bun:test"
import { tryAcquire } from "@kugetsu/core/system/Lock"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"
import { queueStage, ref } from "../kit/queueStage.ts"

const run = "r_20261120T063012_k3f9qa"

effectTest("before init nothing is queued, and init is named", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    for (const words of [
      ["delegate", "fix it"],
      ["queue", "enqueue", ref(1), "fix it"],
    ]) {
      const { code, stderr } = yield* kugetsu(words)
      expect([code, stderr.includes("kugetsu init")]).toEqual([69, true])
    }
    expect(fs.existsSync(path.join(kugetsuHome, "queue"))).toBe(false)
  }),
)

effectTest(
  "delegate does not wait for who holds the notifications: it says that they do not have it yet, and ends",
  () =>
    Effect.gen(function* () {
      const { answer, kugetsuHome, run } = yield* queueStage()
      expect(Option.isSome(yield* tryAcquire(path.join(kugetsuHome, "locks", "notifications.lock")))).toBe(true)
      const from = performance.now()
      const { code, stderr, stdout } = yield* run(["delegate", "fix", ref(14)])
      expect(performance.now() - from).toBeLessThan(8000)
      expect([code, stderr.includes("in the queue, but not in the notifications")]).toEqual([0, true])
      expect((yield* answer(["queue", "list"])).map(({ id }: { id: string }) => id)).toEqual([stdout.trimEnd()])
      expect(yield* answer(["notify", "list"])).toEqual([])
    }),
)

effectTest("delegate prints the id of an item that waits, tells of it once, and names the daemon's command", () =>
  Effect.gen(function* () {
    const { answer, json, run } = yield* queueStage()
    const { code, stderr, stdout } = yield* run(["delegate", "fix", "the", "crash", "in", ref(14)])
    expect([code, stderr.match(/kugetsu queue-daemon start/g)?.length]).toEqual([0, 1])
    const id = stdout.trimEnd()
    expect(id).toMatch(/^q_\d{13}_[0-9a-z]{6}$/)
    expect(yield* answer(["queue", "list"])).toEqual([
      {
        version: 1,
        id,
        issue_ref: ref(14),
        message: `fix the crash in ${ref(14)}`,
        state: "pending",
        pending_since: expect.any(String),
        notified_at: null,
        completed_at: null,
        error: null,
        attempts: 0,
        not_before: null,
        priority: 0,
        opencode_session_id: null,
        pid: null,
        run: null,
        cancel_requested: false,
      },
    ])
    const second = yield* json(["delegate", "look", "--issue", ref(2)])
    expect([second.code, second.answer]).toEqual([
      0,
      { id: expect.stringMatching(/^q_/), issue_ref: ref(2), state: "pending" },
    ])
    const told = yield* answer(["notify", "list"])
    expect(told.map(({ issue_ref, message, type }: Record<string, string>) => [type, issue_ref, message])).toEqual([
      ["task_queued", ref(14), `fix the crash in ${ref(14)}`],
      ["task_queued", ref(2), "look"],
    ])
  }),
)

const routes: ReadonlyArray<readonly [words: ReadonlyArray<string>, issueRef: string | null]> = [
  [["tidy up the pull requests"], null],
  [["work on issue #14"], ref(14)],
  [["fix", "ann/tool#3,", "please"], "github.com/ann/tool#3"],
  [["see https://example.org/ann/tool/issues/4#issuecomment-7."], ref(4)],
  [[`both ${ref(5)} and Example.org/Ann/Tool#5`], ref(5)],
  [[`compare ${ref(5)} with ${ref(6)}`], null],
  [[`tell ${ref(5)}`, "--pm"], null],
  [[`as in ${ref(5)}`, "--issue", ref(8)], ref(8)],
  [["see docs/setup.md#install"], null],
  [["review https://example.org/ann/tool/pulls/9"], ref("pr-9")],
]

effectTest("an issue that the message names gets it, and the PM gets what names none or several", () =>
  Effect.gen(function* () {
    const { json, run } = yield* queueStage()
    for (const [words, issueRef] of routes) {
      const { answer, code } = yield* json(["delegate", ...words])
      expect([words.join(" "), code, answer.issue_ref]).toEqual([words.join(" "), 0, issueRef])
    }
    const { stderr } = yield* run(["delegate", `compare ${ref(5)} with ${ref(6)}`])
    expect(stderr).toContain(`several issues: ${ref(5)}, ${ref(6)}`)
    expect((yield* run(["delegate", "work on #14"])).stderr).toStartWith(`#14 is ${ref(14)}\n`)
  }),
)

effectTest("a pull request goes to the issue that it belongs to", () =>
  Effect.gen(function* () {
    const { json } = yield* queueStage()
    const url = "https://example.org/ann/tool/pulls/7"
    yield* json(["start", ref(3), "go", "--pr", url])
    const { answer: queued } = yield* json(["delegate", `review ${url}/files for ${ref(3)}`])
    expect(queued.issue_ref).toBe(ref(3))
  }),
)

effectTest("the message is kept byte for byte, from words, standard input and a file", () =>
  Effect.gen(function* () {
    const { answer, home, run } = yield* queueStage()
    const nasty = `"double" 'single' \`ticks\` $(touch pwned) \${HOME} \\ \r\n\n-x --json 月掴 👩‍💻\n`
    const file = path.join(home, "task.md")
    fs.writeFileSync(file, nasty.repeat(2500))
    yield* run(["delegate", "--pm", "--", nasty, "-f"])
    yield* run(["delegate", "--pm", "-"], { stdin: nasty })
    yield* run(["delegate", "--pm", "--file", file])
    const items = yield* answer(["queue", "list"])
    expect(items.map(({ message }: { message: string }) => message)).toEqual([`${nasty} -f`, nasty, nasty.repeat(2500)])
    expect(fs.existsSync(path.join(home, "pwned"))).toBe(false)
  }),
)

effectTest("priority and time are kept with the item, and what is none is wrong usage", () =>
  Effect.gen(function* () {
    const { item, delegate, json } = yield* queueStage()
    const before = Date.now()
    const first = yield* item(yield* delegate(["go", "--priority", "-5", "--not-before", "1h30m"]))
    const waits = Date.parse(first.not_before!) - before
    expect([first.priority, waits >= 5_400_000 && waits < 5_460_000]).toEqual([-5, true])
    const second = yield* item(yield* delegate(["go", "--not-before", "2030-01-02T03:04Z"]))
    expect(Date.parse(second.not_before!)).toBe(Date.UTC(2030, 0, 2, 3, 4))
    for (const words of [
      ["go", "--priority", "1000"],
      ["go", "--priority", "high"],
      ["go", "--priority", "1e2"],
      ["go", "--priority", "0x10"],
      ["go", "--priority", "1.0"],
      ["go", "--priority", ""],
      ["go", "--not-before", "tomorrow"],
      ["go", "--not-before", "2026-02-30"],
      ["go", "--pm", "--issue", ref(1)],
      ["go", "--issue", "nonsense"],
      [],
      [" "],
    ]) {
      const { answer, code } = yield* json(["delegate", ...words])
      expect([words.join(" "), code, answer.code]).toEqual([words.join(" "), 64, 64])
    }
    expect((yield* json(["queue", "stats"])).answer.total).toBe(2)
  }),
)

effectTest("a time that has passed is taken, and told beside the answer", () =>
  Effect.gen(function* () {
    const { run } = yield* queueStage()
    const said: Array<readonly [time: string, code: number, told: boolean]> = []
    for (const time of ["0001-01-01", "2020-01-02T03:04Z", "0m", "1h"]) {
      const { code, stderr, stdout } = yield* run(["delegate", "go", "--not-before", time])
      expect(stdout).toMatch(/^q_\w+\n$/)
      said.push([time, code, stderr.includes(`--not-before ${time} has passed`)])
    }
    expect(said).toEqual([
      ["0001-01-01", 0, true],
      ["2020-01-02T03:04Z", 0, true],
      ["0m", 0, false],
      ["1h", 0, false],
    ])
  }),
)

effectTest("a message that is too long is refused with the limit, even one that has no end", () =>
  Effect.gen(function* () {
    const { answer, env, home, json } = yield* queueStage()
    const tooLong = yield* json(["delegate", "--pm", "-"], { stdin: "x".repeat(1024 * 1024 + 1) })
    const endless = yield* json(["delegate", "--pm", "--file", "/dev/zero"])
    for (const { answer, code } of [tooLong, endless]) {
      expect([code, answer.error, answer.message.includes("more than 1048576 ")]).toEqual([64, "MessageTooLong", true])
    }
    const piped = Bun.spawn(["sh", "-c", 'yes | "$0" "$@"', ...kugetsuCommand, "delegate", "--pm", "-"], {
      cwd: home,
      env: { ...env, HOME: home },
      stderr: "pipe",
    })
    const stderr = yield* Effect.promise(() => new Response(piped.stderr).text())
    expect([yield* Effect.promise(() => piped.exited), stderr]).toEqual([64, expect.stringContaining("1048576")])
    yield* answer(["delegate", "--pm", "-"], { stdin: "x".repeat(1024 * 1024) })
    expect((yield* answer(["queue", "stats"])).pending).toBe(1)
  }),
)

effectTest("inside a run a task needs an issue, or agents would wake the PM in a loop", () =>
  Effect.gen(function* () {
    const { answer, json } = yield* queueStage()
    const inside = { env: { KUGETSU_RUN: run } }
    for (const words of [["tidy up"], ["tidy up", "--pm"], [`compare ${ref(5)} with ${ref(6)}`]]) {
      const refused = yield* json(["delegate", ...words], inside)
      expect([refused.code, refused.answer.error, refused.answer.message.includes(run)]).toEqual([
        64,
        "PmInsideRun",
        true,
      ])
    }
    expect((yield* answer(["delegate", `now ${ref(5)}`], inside)).issue_ref).toBe(ref(5))
    expect((yield* answer(["queue", "list"])).length).toBe(1)
  }),
)

effectTest("inside a run start and continue leave a task in the queue instead of an agent that dies with the run", () =>
  Effect.gen(function* () {
    const { answer, opencode, run: kugetsu } = yield* queueStage()
    const starts = opencode.starts().length
    const inside = { env: { KUGETSU_RUN: run } }
    expect(yield* answer(["start", ref(1), "go", "--pr", "https://example.org/ann/tool/pulls/7"], inside)).toEqual({
      id: expect.stringMatching(/^q_/),
      issue_ref: ref(1),
      state: "pending",
    })
    const { code, stderr } = yield* kugetsu(["continue", ref(1)], inside)
    expect([code, stderr.includes(run)]).toEqual([0, true])
    const items = yield* answer(["queue", "list"])
    expect(items.map(({ message }: { message: string }) => message)).toEqual(["go", "Continue from where you stopped."])
    expect(opencode.starts().length).toBe(starts)
    expect((yield* answer(["list"]))[2].pr_url).toBe("https://example.org/ann/tool/pulls/7")
  }),
)

effectTest("a task is safe in the queue even when nobody can be told of it", () =>
  Effect.gen(function* () {
    const { answer, kugetsuHome, run } = yield* queueStage()
    fs.writeFileSync(path.join(kugetsuHome, "notifications.json"), "{")
    const { code, stderr } = yield* run(["delegate", "go"])
    expect([code, stderr.includes("notifications.json")]).toEqual([0, true])
    expect((yield* answer(["queue", "list"])).length).toBe(1)
  }),
)

effectTest("a task that is safe in the queue is one answer and no failure, whatever is wrong with the daemon", () =>
  Effect.gen(function* () {
    const made = yield* queueStage()
    yield* made.daemon()
    yield* made.answer(["queue", "pause"])
    const record = path.join(made.kugetsuHome, "queue", "daemon.json")
    const good = fs.readFileSync(record)
    fs.writeFileSync(record, "{")
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.writeFileSync(record, good)))
    for (const words of [
      ["delegate", "go"],
      ["queue", "enqueue", ref(1), "go"],
    ]) {
      // the answer is one document, or it could not be read
      const { answer, code, stderr } = yield* made.json(words)
      expect([code, answer.id, stderr.includes("daemon.json")]).toEqual([0, expect.stringMatching(/^q_/), true])
    }
    expect((yield* made.answer(["queue", "stats"])).pending).toBe(2)
  }),
)

effectTest("a task whose id cannot be printed is in the queue all the same, and is named beside", () =>
  Effect.gen(function* () {
    const { answer, env, home } = yield* queueStage()
    const command = `exec "$0" "$@" > /dev/full`
    const child = Bun.spawn(["sh", "-c", command, ...kugetsuCommand, "delegate", "go"], {
      cwd: home,
      env: { ...env, HOME: home },
      stderr: "pipe",
    })
    const stderr = yield* Effect.promise(() => new Response(child.stderr).text())
    const [item] = yield* answer(["queue", "list"])
    expect([yield* Effect.promise(() => child.exited), stderr]).toEqual([0, expect.stringContaining(item.id)])
  }),
)

effectTest(
  "words that are no UTF-8 are refused, wherever they stand, and a replacement character that was typed is not",
  () =>
    Effect.gen(function* () {
      const { answer, env, home } = yield* queueStage()
      const typed = (text: string) =>
        Effect.promise(async () => {
          const command = `exec "$0" "$@" ${text}`
          const child = Bun.spawn(["bash", "-c", command, ...kugetsuCommand], {
            cwd: home,
            env: { ...env, HOME: home },
            stdout: "pipe",
            stderr: "pipe",
          })
          const [stdout, stderr] = await Promise.all([
            new Response(child.stdout).text(),
            new Response(child.stderr).text(),
          ])
          return { code: await child.exited, stdout, stderr }
        })
      for (const text of [
        "delegate $'bad \\xff bytes'",
        "delegate --pm --file $'\\xfe'",
        "env set KEY $'\\xff\\uFFFD'",
      ]) {
        const { code, stderr } = yield* typed(text)
        expect([text, code, stderr.includes("UTF-8"), stderr.includes("`-`")]).toEqual([text, 64, true, true])
      }
      const json = yield* typed("delegate $'\\xff' --json")
      expect([json.code, JSON.parse(json.stdout).error]).toEqual([64, "UsageError"])
      expect((yield* typed("delegate $'good \\xef\\xbf\\xbd bytes'")).code).toBe(0)
      const items = yield* answer(["queue", "list"])
      expect(items.map(({ message }: { message: string }) => message)).toEqual(["good \uFFFD bytes"])
    }),
)

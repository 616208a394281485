import { Notifications } from "@kugetsu/core/Notifications"
import { Settings } from "@kugetsu/core/Settings"
import { deliverNotifications } from "@kugetsu/daemon/deliverNotifications"
import { expect } from "bun:test"
import { Effect, Fiber, Logger } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { until } from "../kit/queueStage.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/** A server that takes notifications, and answers as it is told. */
const hook = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const taken: Array<{ readonly key: string | null; readonly document: Record<string, unknown> }> = []
      const answers: Array<number | Promise<number>> = []
      const server = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: async (request) => {
          taken.push({ key: request.headers.get("idempotency-key"), document: (await request.json()) as never })
          return new Response("no", { status: (await answers.shift()) ?? 204 })
        },
      })
      return { taken, answers, server, url: `http://127.0.0.1:${server.port}/hooks/s3cret-path` }
    }),
    ({ server }) => Effect.promise(() => server.stop(true)),
  ),
  (made) => made,
)

/** A home with this configuration, and what its daemon logs. */
const stage = Effect.fnUntraced(function* (config: string) {
  const root = yield* temporaryDirectory
  fs.writeFileSync(path.join(root, "config"), config)
  const log: Array<string> = []
  const logger = Logger.layer([Logger.make(({ message }) => void log.push(String(message)))])
  const env = { PATH: process.env.PATH!, HOME: root }
  const deliveries = path.join(root, "queue", "deliveries.json")
  const within = <A, E, R>(body: Effect.Effect<A, E, R>) =>
    body.pipe(Effect.scoped, Effect.provide([daemonHome(root, undefined, env), logger]))
  const serve = Effect.gen(function* () {
    const settings = yield* Settings
    const daemon = yield* Effect.forkScoped(deliverNotifications(Effect.orDie(settings.load)))
    yield* until("it is begun", () => fs.existsSync(deliveries))
    return daemon
  })
  const tell = (about: string, type: "task_completed" | "task_error" | "task_started" = "task_error") =>
    Effect.flatMap(Notifications, (notifications) =>
      notifications.tell({ type, about, message: `it is ${about}`, issueRef: "github.com/you/repo#1", url: null }),
    )
  return { root, log, deliveries, within, serve, tell }
})

effectTest("a webhook is sent what is told from then on, each once, also by the next daemon", () =>
  Effect.gen(function* () {
    const { answers, taken, url } = yield* hook
    const { deliveries, log, serve, tell, within } = yield* stage(`NOTIFY_WEBHOOK_URL=${url}\n`)
    yield* within(tell("before"))
    yield* within(
      Effect.gen(function* () {
        const daemon = yield* serve
        yield* tell("begun", "task_started")
        yield* tell("done", "task_completed")
        yield* until("it is sent", () => taken.length > 0)
        expect(taken[0]).toMatchObject({
          key: "done.task_completed",
          document: {
            type: "task_completed",
            message: "it is done",
            text: "it is done",
            issue_ref: "github.com/you/repo#1",
          },
        })
        answers.push(500)
        yield* tell("failed")
        yield* until("it failed", () => log.some((line) => line.includes("it answered 500")))
        yield* Fiber.interrupt(daemon)
      }),
    )
    const waiting = JSON.parse(fs.readFileSync(deliveries, "utf8"))
    expect(Object.keys(waiting.webhook.failing)).toEqual(["failed.task_error"])
    waiting.webhook.failing["failed.task_error"].not_before = 0
    fs.writeFileSync(deliveries, JSON.stringify(waiting))
    yield* within(
      Effect.gen(function* () {
        yield* serve
        yield* until("it is sent again", () => taken.length === 3)
        yield* tell("last")
        yield* until("the last", () => taken.length === 4)
      }),
    )
    expect(taken.map(({ key }) => key)).toEqual([
      "done.task_completed",
      "failed.task_error",
      "failed.task_error",
      "last.task_error",
    ])
    expect(log.join("\n")).not.toContain("s3cret-path")
  }),
)

effectTest("a program is given the document on its standard input, its words without a shell", () =>
  Effect.gen(function* () {
    const place = yield* temporaryDirectory
    const script = path.join(place, "on news.sh")
    fs.writeFileSync(script, `#!/bin/sh\n{ cat; echo; echo "$1|$2"; } >> "${place}/heard"\n`, { mode: 0o755 })
    const { serve, tell, within } = yield* stage(`NOTIFY_COMMAND='"${script}" "two words" $HOME'\n`)
    const heard = path.join(place, "heard")
    yield* within(
      Effect.gen(function* () {
        yield* serve
        yield* tell("failed")
        yield* until("it is heard", () => fs.existsSync(heard) && fs.readFileSync(heard, "utf8").endsWith("\n"))
      }),
    )
    const [document = "", words] = fs.readFileSync(heard, "utf8").split("\n")
    expect(JSON.parse(document)).toMatchObject({ id: "failed.task_error", message: "it is failed" })
    expect(words).toMatch(/^two words\|\/.+/)
  }),
)

effectTest("a program that fails or that is not there is told of, and tried again", () =>
  Effect.gen(function* () {
    for (const [command, said] of [
      ["false", "it ended with 1"],
      ["/no/such/program", "cannot be run"],
    ] as const) {
      const { deliveries, log, serve, tell, within } = yield* stage(`NOTIFY_COMMAND=${command}\n`)
      yield* within(
        Effect.gen(function* () {
          yield* serve
          yield* tell("failed")
          yield* until(said, () => log.some((line) => line.includes(said)))
          yield* until("it is noted", () => fs.readFileSync(deliveries, "utf8").includes('"attempts": 1'))
        }),
      )
    }
  }),
)

effectTest("a channel that is configured again begins anew: what was told between is not sent", () =>
  Effect.gen(function* () {
    const { taken, url } = yield* hook
    const { deliveries, root, serve, tell, within } = yield* stage(`NOTIFY_WEBHOOK_URL=${url}\n`)
    yield* within(serve)
    fs.writeFileSync(path.join(root, "config"), "")
    yield* within(
      Effect.gen(function* () {
        yield* serve
        yield* until("it is forgotten", () => !fs.readFileSync(deliveries, "utf8").includes("webhook"))
        yield* tell("between")
      }),
    )
    fs.writeFileSync(path.join(root, "config"), `NOTIFY_WEBHOOK_URL=${url}\n`)
    yield* within(
      Effect.gen(function* () {
        yield* serve
        yield* until("it is there again", () => fs.readFileSync(deliveries, "utf8").includes("webhook"))
        yield* tell("after")
        yield* until("it is sent", () => taken.length > 0)
      }),
    )
    expect(taken.map(({ key }) => key)).toEqual(["after.task_error"])
  }),
)

effectTest("what went out while that could not be recorded is not sent again, and is recorded once it can be", () =>
  Effect.gen(function* () {
    const { taken, url } = yield* hook
    const { deliveries, log, serve, tell, within } = yield* stage(`NOTIFY_WEBHOOK_URL=${url}\n`)
    yield* within(
      Effect.gen(function* () {
        yield* serve
        fs.renameSync(deliveries, `${deliveries}.before`)
        fs.mkdirSync(path.join(deliveries, "in the way"), { recursive: true })
        yield* tell("a")
        yield* until("it is told", () => log.some((line) => line.includes("deliveries.json")))
        yield* tell("b")
        yield* until("both are sent", () => taken.length >= 2)
        fs.rmSync(deliveries, { recursive: true })
        fs.renameSync(`${deliveries}.before`, deliveries)
        yield* tell("c")
        yield* until("all is recorded", () => fs.readFileSync(deliveries, "utf8").includes("c.task_error"))
      }),
    )
    expect(taken.map(({ key }) => key)).toEqual(["a.task_error", "b.task_error", "c.task_error"])
    expect(JSON.parse(fs.readFileSync(deliveries, "utf8")).webhook.done).toEqual(taken.map(({ key }) => key))
  }),
)

effectTest("a receiver that hangs keeps nothing from the other one, and what is configured meanwhile holds", () =>
  Effect.gen(function* () {
    const { answers, taken, url } = yield* hook
    const heard = path.join(yield* temporaryDirectory, "heard")
    const command = `NOTIFY_COMMAND='tee -a "${heard}"'\n`
    const { deliveries, root, serve, tell, within } = yield* stage(`${command}NOTIFY_WEBHOOK_URL=${url}\n`)
    const hears = (what: string) => () => fs.existsSync(heard) && fs.readFileSync(heard, "utf8").includes(what)
    const hanging = Promise.withResolvers<number>()
    answers.push(hanging.promise)
    yield* within(
      Effect.gen(function* () {
        yield* serve
        yield* until("both have begun", () =>
          /command[^]*webhook|webhook[^]*command/.test(fs.readFileSync(deliveries, "utf8")),
        )
        yield* tell("first")
        yield* until("it hangs", () => taken.length === 1)
        yield* tell("second")
        yield* until("the other hears it", hears("second.task_error"))
        expect(taken.length).toBe(1)
        fs.writeFileSync(path.join(root, "config"), command)
        hanging.resolve(204)
        yield* until("it is let go", () => !fs.readFileSync(deliveries, "utf8").includes("webhook"))
      }),
    )
    expect(taken.map(({ key }) => key)).toEqual(["first.task_error"])
  }),
)

effectTest("a raised verbosity sends what is told from then on, and nothing of what it left out", () =>
  Effect.gen(function* () {
    const { taken, url } = yield* hook
    const channel = `NOTIFY_WEBHOOK_URL=${url}\n`
    const { deliveries, root, serve, tell, within } = yield* stage(`${channel}KUGETSU_VERBOSITY=quiet\n`)
    yield* within(
      Effect.gen(function* () {
        yield* serve
        yield* tell("ended", "task_completed")
        yield* tell("failed")
        yield* until("it is sent", () => fs.readFileSync(deliveries, "utf8").includes("failed.task_error"))
        fs.writeFileSync(path.join(root, "config"), `${channel}KUGETSU_VERBOSITY=verbose\n`)
        yield* tell("begun", "task_started")
        yield* until("it is sent, too", () => taken.some(({ key }) => key === "begun.task_started"))
      }),
    )
    expect(taken.map(({ key }) => key)).toEqual(["failed.task_error", "begun.task_started"])
  }),
)

effectTest("a record that cannot be read is put aside, and what that leaves unsent is told", () =>
  Effect.gen(function* () {
    const { taken, url } = yield* hook
    const { deliveries, serve, tell, within } = yield* stage(`NOTIFY_WEBHOOK_URL=${url}\n`)
    fs.mkdirSync(path.dirname(deliveries))
    fs.writeFileSync(deliveries, '{"version": 1, "webhook"')
    yield* within(
      Effect.gen(function* () {
        yield* tell("before")
        yield* serve
        yield* until("it is told", () => taken.length === 1)
        yield* tell("after")
        yield* until("it goes on", () => taken.length === 2)
      }),
    )
    const [told, after] = taken
    expect(told?.document).toMatchObject({ type: "record_unreadable" })
    expect(told?.document.message).toContain(`${deliveries}.unreadable, and of the 1 notifications before this one`)
    expect(after?.key).toBe("after.task_error")
    expect(fs.readFileSync(`${deliveries}.unreadable`, "utf8")).toBe('{"version": 1, "webhook"')
  }),
)

import type { Channel } from "@kugetsu/core/domain/Deliveries"
import type { Notification } from "@kugetsu/core/domain/Notification"
import { readShellWords } from "@kugetsu/core/domain/ShellLine"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { userHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { Effect, Result, Schema } from "effect"

/** A notification did not go out. Neither address nor answer is repeated: both may hold a secret. */
export class NotSent extends Schema.TaggedError<NotSent>()("NotSent", {
  channel: Schema.String,
  reason: Schema.String,
}) {
  override get message() {
    return `${this.channel}: ${this.reason}`
  }
}

const LIMIT_MS = 15_000

/** The channels that are configured. */
export const channelsOf = ({ notifyCommand, notifyWebhookUrl }: SettingsSnapshot): ReadonlyArray<Channel> => [
  ...(notifyCommand === null ? [] : (["command"] as const)),
  ...(notifyWebhookUrl === null ? [] : (["webhook"] as const)),
]

/** Sends one notification by one of them. */
export const sendNotification = Effect.fn("sendNotification")(function* (
  channel: Channel,
  { notifyCommand, notifyWebhookUrl }: SettingsSnapshot,
  notification: Notification,
) {
  const { id, issue_ref, message, timestamp, type, url } = notification
  const document = { id, type, timestamp, message, issue_ref, url }
  if (channel === "command") yield* runCommand(notifyCommand ?? "", JSON.stringify(document))
  // `text` is what Slack, Mattermost and Rocket.Chat show, `content` what Discord shows
  else yield* post(notifyWebhookUrl ?? "", id, JSON.stringify({ ...document, text: message, content: message }))
})

/** No shell: the words of the line, and the document on standard input. */
const runCommand = Effect.fnUntraced(function* (line: string, document: string) {
  const env = yield* HostEnvironment
  const home = userHome(env)
  const notSent = (reason: string) => new NotSent({ channel: "NOTIFY_COMMAND", reason })
  const words = readShellWords(line, { home })
  if (Result.isFailure(words)) return yield* notSent(words.failure.reason)
  const [program, ...args] = words.success
  if (program === undefined) return yield* notSent("it has no word")
  const { exitCode } = yield* (yield* Processes)
    .run({
      program,
      args,
      cwd: home,
      env: Object.fromEntries(
        Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
      ),
      stdin: document,
      timeoutMs: LIMIT_MS,
    })
    .pipe(Effect.mapError(({ message }) => notSent(message)))
  if (exitCode !== 0) return yield* notSent(`it ended with ${exitCode}`)
})

const post = (url: string, id: string, body: string) =>
  Effect.tryPromise({
    try: async (signal) => {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "kugetsu", "idempotency-key": id },
        body,
        redirect: "manual", // elsewhere nobody asked for it
        signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
      })
      await answer.body?.cancel()
      return answer.status
    },
    catch: (cause) => notPosted((cause as Error).name === "TimeoutError" ? "it did not answer in time" : codeOf(cause)),
  }).pipe(
    Effect.filterOrFail(
      (status) => status >= 200 && status < 300,
      (status) => notPosted(`it answered ${status}`),
    ),
    Effect.asVoid,
  )

const notPosted = (reason: string) => new NotSent({ channel: "NOTIFY_WEBHOOK_URL", reason })

/** Bun's messages may have the address in them. */
const codeOf = (cause: unknown): string => {
  const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown }
  return `it could not be reached (${typeof code === "string" ? code : String(name)})`
}

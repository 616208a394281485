import { runProgram } from "@kugetsu/cli/runProgram"
import { runAgent, runGitCredential } from "@kugetsu/cli/hidden"
import { WorkLayer } from "@kugetsu/cli/layers/WorkLayer"
import { retryPolicy } from "@kugetsu/core/domain/Disposition"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { pollPace } from "@kugetsu/core/domain/pollAnswer"
import { Queue } from "@kugetsu/core/Queue"
import { Pace } from "@kugetsu/daemon/Pace"
import { runDaemon } from "@kugetsu/daemon/runDaemon"
import { Effect, type Layer, type Scope } from "effect"
import * as fs from "node:fs"

/**
 * What the fault suite starts and kills: the daemon and the supervisors as `kugetsu` runs them, only without pauses that
 * are made for people and providers, and what people do with the queue.
 */
const pace = {
  startGapMs: Number(process.env.FAULTS_START_GAP_MS ?? 0),
  silenceLimitMs: Number(process.env.FAULTS_SILENCE_LIMIT_MS ?? 60_000),
  overtimeMs: 10 * 60_000,
  preparationLimitMs: 45 * 60_000,
  asideMs: 30_000,
  forgeRoundMs: 200,
  pollRoundMs: 200,
  poll: { ...pollPace, firstMs: 200, longestMs: 400 },
  retry: { ...retryPolicy, pauseMs: 300, freePauseMs: 100 },
}

const say = (line: string) => Effect.sync(() => fs.writeSync(1, `${line}\n`))

/** Leaves `count` tasks on issues from 1 to 13, whose messages begin with `name`; says each id once it is there. */
const enqueueMany = Effect.fnUntraced(function* (name: string, count: number) {
  const queue = yield* Queue
  for (let n = 0; n < count; n++) {
    const issue = yield* Effect.fromResult(parseIssueRef(`example.org/ann/app#${1 + (n % 13)}`))
    const { item } = yield* queue.enqueue({ issue, message: `${name} ${n}` })
    yield* say(item.id)
  }
})

/** Leaves one task under an id that is known before. */
const enqueueOne = Effect.fnUntraced(function* (id: string, issueRef: string, message: string) {
  const issue = yield* Effect.fromResult(parseIssueRef(issueRef))
  const { _tag } = yield* (yield* Queue).enqueue({ id: QueueItemId.make(id), issue, message })
  yield* say(_tag)
})

const onItem = (verb: "cancel" | "retry", id: string) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const { _tag } = yield* verb === "cancel" ? queue.cancel(QueueItemId.make(id)) : queue.retry(QueueItemId.make(id))
    yield* say(_tag)
  })

type Needs = Layer.Success<typeof WorkLayer> | Scope.Scope

const main = ([verb, first = "", second = "", third = ""]: ReadonlyArray<string>): Effect.Effect<
  void,
  unknown,
  Needs
> => {
  switch (verb) {
    case "daemon":
      return runDaemon("0.0.0-faults")
    case "enqueue":
      return enqueueOne(first, second, third)
    case "enqueue-many":
      return enqueueMany(first, Number(second))
    case "cancel":
    case "retry":
      return onItem(verb, first)
    default:
      return Effect.die(`no such verb: ${verb}`)
  }
}

const words = process.argv.slice(2)
if (words[0] === "agent-run") runAgent(words.slice(1))
else if (words[0] === "git-credential") runGitCredential(words.slice(1))
else {
  runProgram(main(words).pipe(Effect.provideService(Pace, pace), Effect.scoped, Effect.provide(WorkLayer)), {
    json: false,
  })
}

import { DateTime, Effect, Option } from "effect"
import { Agent } from "./Agent.ts"
import { type ContextOwner, Contexts } from "./Contexts.ts"
import type { Conversation, Message } from "./domain/Conversation.ts"
import { contextRunOf, withConversation, withRun } from "./domain/extendContext.ts"
import { parseIssueRef } from "./domain/IssueRef.ts"
import type { RunExit, RunId } from "./domain/Run.ts"
import type { TaskContext } from "./domain/TaskContext.ts"
import { timestamp } from "./domain/Timestamp.ts"
import { type RunRecord, Runs } from "./Runs.ts"
import { Sessions } from "./Sessions.ts"
import { Settings } from "./Settings.ts"
import { readText } from "./system/Files.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

/**
 * Puts what a run came to, and what was said in its session, into the context of its issue. Safe to repeat. Nothing is
 * done for an issue that is in the trash, or that was begun anew since, and with ENABLE_CONTEXT_DUMP=false.
 */
export const keepContext = Effect.fn("keepContext")(function* (id: RunId) {
  if (!(yield* (yield* Settings).load).dumpContext) return
  const run = yield* (yield* Runs).require(id)
  if (run.exit === null) return
  const owner = yield* ownerOf(run, run.exit)
  if (owner === null) return
  const conversation = yield* conversationOf(owner, run, run.exit)
  const entry = contextRunOf(run.request, run.exit)
  const branch = run.exit.branch_name
  yield* (yield* Contexts).change(owner, (context) => withRun(conversation(context), entry, branch))
})

/**
 * The same for a run whose supervisor died, unless it had come to that: with a copy of the conversation as it stands,
 * which nobody made. The copy comes first, for what is in the context is not looked at again. The caller holds the
 * issue's lock.
 */
export const keepAbandoned = Effect.fn("keepAbandoned")(function* (id: RunId) {
  const run = yield* (yield* Runs).require(id)
  if (run.exit === null || (yield* isInContext(run))) return
  const copied = yield* Effect.result(keepCopy(run, run.exit))
  yield* keepContext(id)
  yield* Effect.fromResult(copied)
})

const keepCopy = Effect.fnUntraced(function* (run: RunRecord, exit: RunExit) {
  const owner = yield* ownerOf(run, exit)
  if (owner !== null && exit.session_id !== null) yield* (yield* Agent).keepStored(owner.name, exit.session_id)
})

/** Whether a run is in the context it belongs to, or belongs to none. */
export const isInContext = Effect.fn("isInContext")(function* (run: RunRecord) {
  if (run.exit === null || !(yield* (yield* Settings).load).dumpContext) return true
  const owner = yield* ownerOf(run, run.exit)
  if (owner === null) return true
  const context = yield* (yield* Contexts).find(owner)
  return Option.exists(context, ({ runs }) => runs.some((kept) => kept.run === run.request.run))
})

/** null: its issue is not kept any more, or is another life of it than the run's. */
const ownerOf = Effect.fnUntraced(function* ({ request }: RunRecord, exit: RunExit) {
  const sessions = yield* Sessions
  if (request.issue_ref === null) {
    return Option.isSome(yield* sessions.pm) ? ({ name: "pm-agent", issueRef: null } satisfies ContextOwner) : null
  }
  const found = yield* sessions.find(yield* Effect.fromResult(parseIssueRef(request.issue_ref)))
  if (Option.isNone(found)) return null
  const { name, session } = found.value
  const isOlder = Date.parse(exit.finished_at) < Date.parse(session.created_at)
  if (isOlder && session.run !== exit.run) return null
  return { name, issueRef: session.issue_ref } satisfies ContextOwner
})

type Extend = (context: TaskContext) => TaskContext

const conversationOf = Effect.fnUntraced(function* ({ name }: ContextOwner, run: RunRecord, exit: RunExit) {
  const unchanged: Extend = (context) => context
  if (exit.session_id === null) return unchanged
  const found = yield* (yield* Agent).conversation(name, exit.session_id)
  if (Option.isSome(found)) return (context: TaskContext) => withConversation(context, found.value, exit.started_at)
  if (run.started === null) return unchanged
  return recounted(exit.session_id, yield* recount(run))
})

/** The session is gone, and what it had beside the messages of this run is in the context or nowhere. */
const recounted =
  (session: string, messages: ReadonlyArray<Message>): Extend =>
  (context) => {
    const before = context.session?.id === session ? context.session.messages : 0
    const extended = withConversation(context, { session, messages } satisfies Conversation, null)
    return { ...extended, session: { id: session, messages: before + messages.length } }
  }

/** What the run's own files tell of its turn. */
const recount = Effect.fnUntraced(function* ({ request, started }: RunRecord) {
  const files = (yield* KugetsuHome).run(request.run)
  const prompt = yield* readText(files.prompt)
  const asked: Message = {
    id: `${request.run}.prompt`,
    role: "user",
    content: Option.getOrElse(prompt, () => request.message ?? ""),
    tools: [],
    timestamp: started?.started_at ?? timestamp(yield* DateTime.now),
  }
  return [asked, ...(yield* (yield* Agent).recount(files))]
})

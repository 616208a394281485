import type { Conversation, Message } from "./Conversation.ts"
import type { RunExit, RunRequest } from "./Run.ts"
import type { ContextRun, TaskContext } from "./TaskContext.ts"

/**
 * The context with what a session says after a turn that began then; null: it never did. Messages are known by their
 * ids: what the session no longer has stays, so that no dump ever leaves less than it found.
 */
export const withConversation = (
  context: TaskContext,
  conversation: Conversation,
  begun: string | null,
): TaskContext => {
  const history = merged(context.conversation_history, conversation.messages)
  return {
    ...context,
    conversation_history: history,
    last_message: history.findLast(({ content }) => content.trim() !== "")?.content ?? context.last_message,
    session: sessionAfter(context, conversation, begun),
  }
}

/**
 * A session in which nothing was said in the turn was not told what it lacks either: the one before stays the measure of
 * what the next has to know.
 */
const sessionAfter = (
  { conversation_history, session: before }: TaskContext,
  { messages, session }: Conversation,
  begun: string | null,
): TaskContext["session"] => {
  const hasSpoken = begun !== null && messages.some(({ timestamp }) => isSince(timestamp, begun))
  const hasGrown = before?.id === session && messages.length >= before.messages
  const isFirst = before === null && conversation_history.length === 0
  return hasSpoken || hasGrown || isFirst ? { id: session, messages: messages.length } : before
}

const isSince = (timestamp: string | null, begun: string): boolean =>
  timestamp !== null && Date.parse(timestamp) >= Date.parse(begun)

const merged = (before: ReadonlyArray<Message>, now: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const fresh = new Map(now.map((message) => [message.id, message]))
  const known = new Set(before.map(({ id }) => id).filter((id) => id !== null))
  return [
    ...before.map((message) => (message.id === null ? message : (fresh.get(message.id) ?? message))),
    ...now.filter(({ id }) => id === null || !known.has(id)),
  ]
}

/** The context with what a run came to, once. */
export const withRun = (context: TaskContext, run: ContextRun, branch: string | null): TaskContext => ({
  ...context,
  current_branch: branch ?? context.current_branch,
  updated_at: latest(context.updated_at, run.finished_at),
  runs: [...context.runs.filter((other) => other.run !== run.run), run].sort(
    (a, b) => Date.parse(a.finished_at) - Date.parse(b.finished_at),
  ),
})

const latest = (a: string | null, b: string): string => (a !== null && Date.parse(a) > Date.parse(b) ? a : b)

/** What a context keeps of a run. */
export const contextRunOf = ({ message }: Pick<RunRequest, "message">, exit: RunExit): ContextRun => ({
  run: exit.run,
  message,
  outcome: exit.outcome,
  evidence: exit.evidence,
  failure: exit.failure?.message ?? null,
  commits: exit.work?.commits ?? [],
  last_text: exit.turn?.last_text ?? null,
  pr_url: exit.pr_url,
  tokens: exit.turn?.tokens ?? null,
  cost: exit.turn?.cost ?? null,
  started_at: exit.started_at,
  finished_at: exit.finished_at,
})

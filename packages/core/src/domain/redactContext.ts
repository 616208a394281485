import type { Message } from "./Conversation.ts"
import type { ContextRun, TaskContext } from "./TaskContext.ts"

type Redact = (text: string) => string

/** The context with `redact` done to all that a person, an agent or a tool may have written. */
export const redactContext = (context: TaskContext, redact: Redact): TaskContext => ({
  ...context,
  last_message: orNull(context.last_message, redact),
  conversation_history: context.conversation_history.map((message) => redactMessage(message, redact)),
  runs: context.runs.map((run) => redactRun(run, redact)),
})

const redactMessage = (message: Message, redact: Redact): Message => ({
  ...message,
  content: redact(message.content),
  tools: message.tools.map(redact),
})

const redactRun = (run: ContextRun, redact: Redact): ContextRun => ({
  ...run,
  message: orNull(run.message, redact),
  evidence: run.evidence.map(redact),
  failure: orNull(run.failure, redact),
  last_text: orNull(run.last_text, redact),
  pr_url: orNull(run.pr_url, redact),
  commits: run.commits.map(({ sha, subject }) => ({ sha, subject: redact(subject) })),
})

const orNull = (text: string | null, redact: Redact): string | null => (text === null ? null : redact(text))

import { Effect, Schema } from "effect"
import type { Session } from "./Session.ts"

const idOrNull = Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null)))

/** `index.json`: a summary of the session files for other programs to read; kugetsu itself believes the files. */
export const SessionIndex = Schema.Struct({
  /** opencode session ids. */
  base: idOrNull,
  pm_agent: idOrNull,
  /** Issue ref to file name in `sessions/`. */
  issues: Schema.Record(Schema.String, Schema.String),
})
export type SessionIndex = typeof SessionIndex.Type

/**
 * The index that the session files call for. Files that are there and cannot be read (`unreadable`, by name) keep the
 * entries of the index `before`: what they are is not known, and nothing is forgotten for that.
 */
export const indexOf = (
  sessions: ReadonlyArray<{ readonly name: string; readonly session: Session }>,
  unreadable: ReadonlySet<string>,
  before: SessionIndex | null,
): SessionIndex => {
  const idOf = (name: string) => sessions.find((each) => each.name === name)?.session.opencode_session_id ?? null
  const issues: Record<string, string> = {}
  for (const { name, session } of sessions) {
    if (session.issue_ref !== null && session.type === "forked") issues[session.issue_ref] ??= `${name}.json`
  }
  for (const [ref, file] of Object.entries(before?.issues ?? {})) {
    if (unreadable.has(file)) issues[ref] ??= file
  }
  return {
    base: unreadable.has("base.json") ? (before?.base ?? null) : idOf("base"),
    pm_agent: unreadable.has("pm-agent.json") ? (before?.pm_agent ?? null) : idOf("pm-agent"),
    issues,
  }
}

export const sameIndex = (a: SessionIndex, b: SessionIndex): boolean => canonical(a) === canonical(b)

const canonical = (index: SessionIndex) =>
  JSON.stringify([index.base, index.pm_agent, Object.entries(index.issues).sort(([a], [b]) => (a < b ? -1 : 1))])

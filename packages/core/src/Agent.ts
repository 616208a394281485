import { Context, type Effect, type Option, Schema } from "effect"
import type { Conversation, Message } from "./domain/Conversation.ts"
import { ExitCode, type Failure } from "./domain/Failure.ts"
import type { FoundPlace, Mismatch } from "./domain/Isolation.ts"
import type { TurnReport } from "./domain/TurnReport.ts"

/** The place of one session: its directory, its private storage, and the environment its processes get. */
export interface AgentPlace {
  /** What the private storage is named after: an issue's slug, `base` or `pm-agent`. */
  readonly name: string
  /** Absolute; the session is bound to it. */
  readonly directory: string
  /** Of an issue's session its ref: the marks say by it whose the session is. */
  readonly title: string
  readonly role: "dev" | "pm-agent"
  /** The program that its commands are given to, absolute; without one the engine chooses. */
  readonly shell?: string
  /** The whole environment, without what the engine adds. */
  readonly env: Readonly<Record<string, string>>
  /** `provider/model`; null: the engine's own choice. */
  readonly model: string | null
}

/** The stored session is not the one that belongs here; nothing was started in it. */
export class SessionMisplaced extends Schema.TaggedError<SessionMisplaced>()("SessionMisplaced", {
  session: Schema.String,
  expected: Schema.String,
  found: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `session ${this.session} belongs to ${this.found}, not to ${this.expected}`
  }
  get remedy() {
    return "Nothing was started in it. Try again: the session is made anew, from what is kept of its conversation."
  }
}

/** One turn as a process: the caller spawns it, watches it and ends it. */
export interface TurnCommand {
  readonly argv: readonly [string, ...ReadonlyArray<string>]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface TurnFiles {
  readonly events: string
  readonly stderr: string
}

/** What came of the search for a session that was made before it could have private storage. */
export type Earlier =
  | { readonly _tag: "Exported"; readonly directory: string }
  /** Why it stays where it is, in words. */
  | { readonly _tag: "Left"; readonly reason: string }

/** What two sessions of the person's own storage are bound to. */
export interface EarlierPlace {
  readonly directory: string
  readonly baseDirectory: string | null
}

/** What is in a session. */
export interface Remembered {
  readonly messages: number
  /** The kept copy is one of this session: what that has was said in it, or came into it. */
  readonly isKept: boolean
  /** How it was made; null once anything was said in it since. */
  readonly untold: Making | null
}

/** What the agent of a new session has to be told at the beginning of its first turn. */
export interface Making {
  /** The place's kept copy, an export from elsewhere, or nothing of the place's own. */
  readonly from: "kept" | "earlier" | "new"
  /** The copies that the engine did not take before, and why, in sentences. */
  readonly refused: ReadonlyArray<string>
}

/** The engine that thinks and types. One layer drives opencode; another engine can follow without touching callers. */
export class Agent extends Context.Service<
  Agent,
  {
    /** The engine's version, or why it cannot be run. */
    readonly version: (env: Readonly<Record<string, string>>) => Effect.Effect<string, Failure>
    /**
     * The id of the session of this place, bound to its directory: the stored one where `known` is there and right;
     * else made anew from the place's kept export or the one before it, as it was in the export file `earlier`, from the
     * export file `base`, or empty: the first of these that the engine takes. A session that is another's, or was bound
     * elsewhere, is put into quarantine first.
     */
    readonly ensureSession: (
      place: AgentPlace,
      from: { readonly known: string | null; readonly base: string | null; readonly earlier?: string | null },
    ) => Effect.Effect<string, Failure>
    /**
     * Writes a whole export of a session of the person's own storage, which is only read, into `file`. `objection`: why
     * a session bound to this directory must stay where it is; null: it may come. It is told where the session `base` of
     * the same storage is bound to, too; null: it is not there.
     */
    readonly exportEarlier: (
      place: AgentPlace,
      request: {
        readonly session: string
        readonly base: string | null
        readonly file: string
        readonly objection: (found: EarlierPlace) => Effect.Effect<string | null>
      },
    ) => Effect.Effect<Earlier, Failure>
    /** Fails unless the stored session is bound to the place's directory. */
    readonly verify: (place: AgentPlace, session: string) => Effect.Effect<void, Failure>
    /** What the stored session is tied to. */
    readonly whereabouts: (
      place: AgentPlace,
      session: string,
    ) => Effect.Effect<Pick<FoundPlace, "owner" | "directory">, Failure>
    /**
     * Takes the place's session out of use for good. The issue's own conversation goes on in the session that is made
     * next. Cut off, it is finished by whoever comes next.
     */
    readonly quarantine: (
      place: Pick<AgentPlace, "name" | "title" | "directory">,
      session: string,
      mismatches: ReadonlyArray<Mismatch>,
    ) => Effect.Effect<void, Failure>
    /** Ends what was begun to put storage of that name into quarantine. The caller holds the lock. */
    readonly finishQuarantine: (name: string) => Effect.Effect<void, Failure>
    readonly turn: (
      place: AgentPlace,
      session: string,
      options: { readonly debug: boolean },
    ) => Effect.Effect<TurnCommand, Failure>
    /** Reads what a turn left behind; may be called while it runs. */
    readonly report: (files: TurnFiles) => Effect.Effect<TurnReport, Failure>
    /**
     * Keeps a whole copy of the conversation beside the database; the previous one is kept too. What is known to be
     * secret is masked in it.
     */
    readonly keepExport: (place: AgentPlace, session: string) => Effect.Effect<void, Failure>
    /** As `keepExport`, from what the storage holds now and without the engine: for a turn that was cut off. */
    readonly keepStored: (name: string, session: string) => Effect.Effect<void, Failure>
    /** What was said in a session so far, as the storage of that name has it; None: it is not there any more. */
    readonly conversation: (name: string, session: string) => Effect.Effect<Option.Option<Conversation>, Failure>
    /** What the agent said and did in a turn, by the files it left. */
    readonly recount: (files: TurnFiles) => Effect.Effect<ReadonlyArray<Message>, Failure>
    /** What the session has; null: it is not there, or bound to another directory. */
    readonly remembers: (place: AgentPlace, session: string) => Effect.Effect<Remembered | null, Failure>
  }
>()("@kugetsu/core/Agent") {}

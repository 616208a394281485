import { Context, DateTime, Effect, Layer, Option } from "effect"
import { hashedSlugOf, type IssueRef, type Reference, slugOf } from "./domain/IssueRef.ts"
import { isPullRequestName } from "./domain/PullRequestName.ts"
import {
  belongsTo,
  newIssueSession,
  ownsPullRequest,
  refOf,
  type Session,
  sessionTypeOf,
  type TrackedSession,
} from "./domain/Session.ts"
import { timestamp } from "./domain/Timestamp.ts"
import { NotTracked } from "./NotTracked.ts"
import { sessionFiles, type SessionSurvey } from "./SessionFiles.ts"
import type { HomeUnusable } from "./system/Files.ts"
import type { RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire, type LockBusy } from "./system/Lock.ts"

type ReadError = RecordUnreadable | HomeUnusable
type WriteError = ReadError | LockBusy

/** The session files are the truth; index.json is rebuilt from them whenever it disagrees. */
export class Sessions extends Context.Service<
  Sessions,
  {
    /** Every session: base, PM, then issues by ref. Fails when any file cannot be read; see `survey`. */
    readonly list: Effect.Effect<ReadonlyArray<TrackedSession>, ReadError>
    /** As `list`, with an error for each unreadable file beside the sessions instead of in their place. */
    readonly survey: Effect.Effect<SessionSurvey, HomeUnusable>
    /** What every issue's session starts from; None before `init`. */
    readonly base: Effect.Effect<Option.Option<Session>, ReadError>
    /** The project manager's; None before `init`. */
    readonly pm: Effect.Effect<Option.Option<Session>, ReadError>
    /** None: nobody worked on it, or it was destroyed. */
    readonly find: (ref: IssueRef) => Effect.Effect<Option.Option<TrackedSession>, ReadError>
    /**
     * The issue a reference means, spelled as in its record: for a pull request the one that owns its URL, else the
     * `pr-N` ref itself. A `pr-N` ref that has a record of its own means that.
     */
    readonly resolve: (reference: Reference) => Effect.Effect<IssueRef, ReadError>
    /**
     * The file name an issue has or would get: its slug, with a short hash where another issue has that one. It can
     * change until the issue has a record: ask again with the issue's lock held.
     */
    readonly nameOf: (ref: IssueRef) => Effect.Effect<string, ReadError>
    /** Writes the issue's record, making it when there is none, and the index. Type and ref stay what they are. */
    readonly update: (ref: IssueRef, change: (session: Session) => Session) => Effect.Effect<TrackedSession, WriteError>
    /** As `update`, but fails where the issue has no record: one that was destroyed meanwhile is not made again. */
    readonly amend: (
      ref: IssueRef,
      change: (session: Session) => Session,
    ) => Effect.Effect<TrackedSession, WriteError | NotTracked>
    /** Writes the base or PM record, and the index. */
    readonly put: (name: "base" | "pm-agent", session: Session) => Effect.Effect<void, WriteError>
    /** Whether `init` has run: the four words of `kugetsu status`. */
    readonly status: Effect.Effect<
      "ok" | "kugetsu_not_initialized" | "base_session_missing" | "pm_agent_missing",
      ReadError
    >
  }
>()("@kugetsu/core/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const files = sessionFiles(yield* KugetsuHome)

      const survey = Effect.withSpan(files.survey, "Sessions.survey")

      const list = Effect.flatMap(survey, ({ sessions, unreadable }) =>
        unreadable[0] === undefined ? Effect.succeed(sessions) : Effect.fail(unreadable[0]),
      )

      const find = Effect.fn("Sessions.find")(function* (
        ref: IssueRef,
      ): Effect.fn.Return<Option.Option<TrackedSession>, ReadError> {
        for (const name of [hashedSlugOf(ref), slugOf(ref)]) {
          const tracked = yield* files.read(name)
          if (Option.isSome(tracked) && belongsTo(tracked.value.session, ref)) return tracked
        }
        // the first kugetsu, or a person, may have named the file otherwise
        const { sessions, unreadable } = yield* files.readAll
        const elsewhere = sessions.find(({ session }) => belongsTo(session, ref))
        if (elsewhere !== undefined) return Option.some(elsewhere)
        const index = yield* files.index
        const indexed = Option.isSome(index) ? index.value.issues[ref.toString()] : undefined
        const broken = unreadable.find((error) => error.path.endsWith(`/${indexed}`))
        return broken === undefined ? Option.none() : yield* broken
      })

      const nameOf = Effect.fn("Sessions.nameOf")(function* (ref: IssueRef): Effect.fn.Return<string, ReadError> {
        const known = yield* find(ref)
        if (Option.isSome(known)) return known.value.name
        return (yield* files.names).includes(slugOf(ref)) ? hashedSlugOf(ref) : slugOf(ref)
      })

      /** Whoever needs the record hears of it when it cannot be read; `stop` does not. */
      const asRecorded = (ref: IssueRef): Effect.Effect<IssueRef, HomeUnusable> =>
        find(ref).pipe(
          Effect.map((known) => Option.getOrNull(Option.map(known, ({ session }) => refOf(session))) ?? ref),
          Effect.catchTag("RecordUnreadable", () => Effect.succeed(ref)),
        )

      /** A pull request's own ref does where it has a record, readable or not. */
      const meansItself = (ref: IssueRef): Effect.Effect<boolean, HomeUnusable> =>
        isPullRequestName(ref.identifier)
          ? Effect.map(find(ref), Option.isSome).pipe(Effect.catchTag("RecordUnreadable", () => Effect.succeed(true)))
          : Effect.succeed(true)

      const resolve = Effect.fn("Sessions.resolve")(function* (
        reference: Reference,
      ): Effect.fn.Return<IssueRef, ReadError> {
        if (reference.pullRequestUrl === null && (yield* meansItself(reference.issue)))
          return yield* asRecorded(reference.issue)
        const { sessions, unreadable } = yield* files.readAll
        const owner = sessions.find(({ session }) => ownsPullRequest(session, reference.issue))
        const issue = owner === undefined ? null : refOf(owner.session)
        if (issue !== null) return issue
        // its owner may be among these, and two agents on one pull request is what must not be
        return unreadable[0] === undefined ? reference.issue : yield* unreadable[0]
      })

      /** One read-modify-write of `sessions/`, and the index after it. */
      const exclusively = <A, E>(write: Effect.Effect<A, ReadError | E>): Effect.Effect<A, WriteError | E> =>
        Effect.scoped(acquire(files.lock, { waitMs: 10_000 }).pipe(Effect.andThen(write), Effect.tap(files.mendIndex)))

      /** The record as it is, changed; to be called with the lock held. */
      const rewrite = <E, R>(
        ref: IssueRef,
        change: (session: Session) => Session,
        missing: Effect.Effect<Session, E, R>,
      ) =>
        Effect.gen(function* () {
          const name = yield* nameOf(ref)
          const known = yield* files.read(name)
          const before = Option.isSome(known) ? known.value.session : yield* missing
          const session: Session = { ...change(before), type: before.type, issue_ref: before.issue_ref }
          yield* files.write(name, session)
          return { name, session }
        })

      const update = Effect.fn("Sessions.update")((ref: IssueRef, change: (session: Session) => Session) => {
        const made = Effect.map(DateTime.now, (now) => newIssueSession(ref, timestamp(now)))
        return exclusively(rewrite(ref, change, made))
      })

      const amend = Effect.fn("Sessions.amend")((ref: IssueRef, change: (session: Session) => Session) =>
        exclusively(rewrite(ref, change, Effect.fail(new NotTracked({ what: ref.toString() })))),
      )

      const put = Effect.fn("Sessions.put")((name: "base" | "pm-agent", session: Session) =>
        exclusively(files.write(name, { ...session, type: sessionTypeOf(name) })),
      )

      const own = (name: "base" | "pm-agent") =>
        Effect.map(
          files.read(name),
          Option.map(({ session }) => session),
        )
      const base = own("base")
      const pm = own("pm-agent")

      const status = Effect.gen(function* () {
        if (Option.isNone(yield* base)) {
          const untouched = (yield* files.names).length === 0 && !(yield* files.hasIndex)
          return untouched ? "kugetsu_not_initialized" : "base_session_missing"
        }
        return Option.isNone(yield* pm) ? "pm_agent_missing" : "ok"
      }).pipe(Effect.withSpan("Sessions.status"))

      return Sessions.of({ list, survey, base, pm, find, resolve, nameOf, update, amend, put, status })
    }),
  )
}

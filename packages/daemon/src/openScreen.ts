import { Agent, type AgentPlace, type TurnCommand } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { AgentScreen } from "@kugetsu/core/AgentScreen"
import { ExitCode } from "@kugetsu/core/domain/Failure"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { TrackedSession } from "@kugetsu/core/domain/Session"
import { requireTracked } from "@kugetsu/core/requireTracked"
import { Servers } from "@kugetsu/core/Servers"
import { Settings } from "@kugetsu/core/Settings"
import { exists } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { placeOf } from "@kugetsu/core/worktrees/placeOf"
import { Effect, Schema } from "effect"
import * as path from "node:path"
import { privateTmp } from "./PrivateTmp.ts"
import { markScreen } from "./ScreenMark.ts"
import { keepOff } from "./SupervisorLauncher.ts"

/** An issue has no worktree with a session in it, and a screen makes none. */
export class NothingToOpen extends Schema.TaggedError<NothingToOpen>()("NothingToOpen", {
  issue: Schema.String,
  missing: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.issue} cannot be opened: ${this.missing}`
  }
  get remedy() {
    return `kugetsu continue ${this.issue} makes anew what is missing. Nothing was opened.`
  }
}

/** A screen that is ready to be shown. */
export interface ReadyScreen {
  readonly command: TurnCommand
  /** The issue's lock: to be handed on to the screen's program, so that it is held as long as that lives. */
  readonly descriptors: ReadonlyArray<number>
}

/** What was left when the screen was closed. */
export interface ClosedScreen<A> {
  readonly shown: A
  /** The issue's session, of which a copy is kept. */
  readonly session: string
  /** Another one, which the person began on the screen and used last; null: none. */
  readonly other: string | null
}

/**
 * Shows the session of an issue on the engine's own screen, by `show`, in its worktree and with what its agents have.
 * The issue is held meanwhile, and its conversation is kept afterwards.
 */
export const openScreen = Effect.fn("openScreen")(function* <A, E, R>(
  ref: IssueRef,
  show: (screen: ReadyScreen) => Effect.Effect<A, E, R>,
) {
  yield* requireTracked(ref)
  const { held } = yield* keepOff(ref, null)
  yield* markScreen(held)
  const agent = yield* Agent
  const screen = yield* AgentScreen
  // as it is now that nobody else can change it
  const { place, session } = yield* requirePlace(ref, yield* requireTracked(ref))
  yield* agent
    .verify(place, session)
    .pipe(Effect.catchTag("SessionMisplaced", ({ message }) => nothingToOpen(ref, message)))
  const command = yield* screen.open(place, session)
  const shown = yield* show({ command, descriptors: [held.descriptor] })
  const newest = yield* screen.newest(place)
  yield* agent.keepExport(place, session)
  return { shown, session, other: newest === session ? null : newest } satisfies ClosedScreen<A>
}, Effect.scoped)

const requirePlace = Effect.fnUntraced(function* (ref: IssueRef, { name, session }: TrackedSession) {
  const home = yield* KugetsuHome
  const directory = yield* placeOf(home, name, session.worktree_path)
  if (!(yield* exists(path.join(directory, ".git")))) {
    return yield* nothingToOpen(ref, `there is no worktree at ${directory}`)
  }
  const id = session.opencode_session_id
  if (id === null || !(yield* exists(home.agent(name).database))) {
    return yield* nothingToOpen(ref, "it has no session yet")
  }
  const env = yield* (yield* AgentEnvironment).build({
    agent: "dev",
    directory,
    cloneUrl: yield* (yield* Servers).cloneUrl(ref),
    run: null,
    tmp: yield* privateTmp,
  })
  const { model } = yield* (yield* Settings).load
  const place: AgentPlace = { name, directory, title: ref.toString(), role: "dev", env, model }
  return { place, session: id }
})

const nothingToOpen = (ref: IssueRef, missing: string) => new NothingToOpen({ issue: ref.toString(), missing })

import { Agent } from "@kugetsu/core/Agent"
import type { Failure } from "@kugetsu/core/domain/Failure"
import { newRunId, type RunId } from "@kugetsu/core/domain/Run"
import { type LaunchRequest, Launcher } from "@kugetsu/core/Launcher"
import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Runs } from "@kugetsu/core/Runs"
import { Effect, Layer } from "effect"
import { ProcessesLive } from "./effectTest.ts"
import { gitLayers, noForges } from "./gitLayers.ts"
import { emptyTurn } from "./records.ts"

/** What the launcher does with what it is asked. */
export type Launch = (asked: LaunchRequest) => Effect.Effect<RunId, Failure>

const pretend: Launch = () => Effect.sync(() => newRunId(new Date(), Math.random()))

/** All that the daemon needs, over files in `root`; agents are only pretended. */
export const daemonHome = (root: string, launch: Launch = pretend, env: Readonly<Record<string, string>> = {}) =>
  Layer.mergeAll(
    FileQueue.layer,
    Runs.layer,
    Notifications.layer,
    Layer.mock(Launcher, { launch }),
    noForges,
    ProcessesLive,
    Layer.mock(Agent, { report: () => Effect.succeed(emptyTurn) }),
  ).pipe(Layer.provideMerge(gitLayers({ root, env })))

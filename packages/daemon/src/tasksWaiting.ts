import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import { decide, type Gate, inTurn } from "@kugetsu/core/domain/Schedule"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Clock, Effect } from "effect"
import { type Explanation, explained, explainGate, explainScreen } from "./explainGate.ts"
import { lastHeldBack } from "./Journal.ts"
import { candidateOf, observe, workerOf } from "./observe.ts"
import type { AgentAtWork, WaitingTask } from "./Overview.ts"
import { isOnScreen } from "./ScreenMark.ts"

export interface Circumstances {
  /** null: the configuration cannot be read. */
  readonly settings: SettingsSnapshot | null
  /** Whether a daemon runs. */
  readonly served: boolean
  readonly agents: ReadonlyArray<AgentAtWork>
}

/** What waits, in turn, each with the gate at which it stands, by the very decision that the daemon makes. */
export const tasksWaiting = Effect.fn("tasksWaiting")(function* (
  pending: ReadonlyArray<QueueItem>,
  { agents, served, settings }: Circumstances,
) {
  if (pending.length === 0) return []
  const byId = new Map(pending.map((item) => [item.id as string, item]))
  const gates = settings === null ? null : decide(yield* observe(settings, { nextStart: 0, notNow: new Set() })).gates
  const tasks: Array<WaitingTask> = []
  for (const { id } of inTurn(pending.map(candidateOf))) {
    const item = byId.get(id)
    if (item === undefined) continue
    const { detail, gate, until } = gates === null ? configBroken : yield* standing(item, gates.get(id), served, agents)
    const { attempts, issue_ref, pending_since, priority } = item
    tasks.push({ id: item.id, issue_ref, priority, attempts, pending_since, gate, detail, until })
  }
  return tasks
})

const configBroken = explained("held_back", "the configuration cannot be read: kugetsu config check")

const standing = Effect.fnUntraced(function* (
  item: QueueItem,
  gate: Gate | undefined,
  served: boolean,
  agents: ReadonlyArray<AgentAtWork>,
) {
  if (gate === undefined || gate._tag === "Staggered") return yield* whyNotYet(item, gate, served)
  if (gate._tag !== "IssueBusy") return explainGate(gate, item, null)
  if (yield* isOnScreen((yield* KugetsuHome).issueLock(gate.worker))) return explainScreen(item)
  return explainGate(gate, item, agents.find(({ issue_ref }) => workerOf(issue_ref) === gate.worker)?.run ?? null)
})

/** An item that nothing stands in the way of is started within moments; one that is not was tried in vain. */
const SUSPICIOUS_MS = 5000

const whyNotYet = Effect.fnUntraced(function* (
  item: QueueItem,
  gate: Gate | undefined,
  served: boolean,
): Effect.fn.Return<Explanation, Effect.Error<ReturnType<typeof lastHeldBack>>, KugetsuHome> {
  if (!served) return explained("no_daemon", "no daemon is running: kugetsu queue-daemon start")
  const waited = (yield* Clock.currentTimeMillis) - Date.parse(item.pending_since)
  // the whole journal is read for it
  const heldBack = waited < SUSPICIOUS_MS ? null : yield* lastHeldBack(item.id)
  if (heldBack !== null) return explained("held_back", `it could not be started at ${heldBack.at}: ${heldBack.reason}`)
  return gate === undefined ? explained("starting", "it is about to be started") : explainGate(gate, item, null)
})

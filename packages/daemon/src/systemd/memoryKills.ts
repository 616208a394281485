import { readText } from "@kugetsu/core/system/Files"
import { cgroupOf } from "@kugetsu/core/system/procFiles"
import { Effect, Option } from "effect"
import * as path from "node:path"

const GROUPS = "/sys/fs/cgroup"

/**
 * What the kernel ended in this run's scope because memory ran out, as a sentence for the evidence; none outside a scope,
 * and where systemd cannot limit memory.
 */
export const memoryKills = Effect.suspend(() => {
  const group = cgroupOf(process.pid)
  return group === null || !/\/kugetsu-agent-[^/]+\.scope$/.test(group)
    ? Effect.succeed([])
    : Effect.map(readText(path.join(GROUPS, group, "memory.events")), (text) =>
        memoryKillsIn(Option.getOrElse(text, () => "")),
      )
}).pipe(Effect.catch((failure) => Effect.succeed([failure.message])))

/** From the kernel's memory.events. */
export const memoryKillsIn = (events: string): ReadonlyArray<string> => {
  const count = Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0)
  return count === 0
    ? []
    : [`memory ran out (AGENT_MEMORY_MAX, or the machine's), and ${count} of its processes were killed`]
}

import type { ConfigValues } from "@kugetsu/core/domain/Config"

/** The keys of `config` that systemd enforces, and what decides how many agents there are. */
export type LimitSettings = Pick<
  ConfigValues,
  "agentMemoryMax" | "agentCpuQuota" | "agentTasksMax" | "maxConcurrentAgents"
>

/** Properties of one agent's scope, as `NAME=value`. What does not fit into the memory would else only go to swap. */
export const scopeLimits = (settings: LimitSettings): ReadonlyArray<string> => [
  ...(settings.agentMemoryMax === null ? [] : [`MemoryMax=${settings.agentMemoryMax}`, "MemorySwapMax=0"]),
  ...(settings.agentCpuQuota === null ? [] : [`CPUQuota=${settings.agentCpuQuota}`]),
  ...(settings.agentTasksMax === null ? [] : [`TasksMax=${settings.agentTasksMax}`]),
]

/**
 * Properties of the slice that has all agents: what as many as may run, and the project manager, may use together. A
 * share of the machine (`20%` of its memory) is no amount, and so has no sum.
 */
export const sliceLimits = (settings: LimitSettings): ReadonlyArray<string> => {
  const agents = settings.maxConcurrentAgents + 1
  const together = (name: string, value: string | null, amount: RegExp) => {
    const [, number, unit = ""] = amount.exec(value ?? "") ?? []
    return number === undefined ? [] : [`${name}=${BigInt(number) * BigInt(agents)}${unit}`]
  }
  return [
    ...together("MemoryMax", settings.agentMemoryMax, /^(\d+)([KMGT]?)$/),
    ...together("CPUQuota", settings.agentCpuQuota, /^(\d+)(%)$/),
    ...together("TasksMax", settings.agentTasksMax, /^(\d+)()$/),
  ]
}

import { expect, test } from "bun:test"
import { type LimitSettings, scopeLimits, sliceLimits } from "@kugetsu/daemon/systemd/agentLimits"
import { environmentLine, serviceText } from "@kugetsu/daemon/systemd/unitText"

const none: LimitSettings = {
  agentMemoryMax: null,
  agentCpuQuota: null,
  agentTasksMax: null,
  maxConcurrentAgents: 3,
}

test("without limits in the config neither an agent nor all of them have any", () => {
  expect([...scopeLimits(none), ...sliceLimits(none)]).toEqual([])
})

test("all agents and the project manager together may use what each may, added up", () => {
  const settings = { ...none, agentMemoryMax: "2G", agentCpuQuota: "150%", agentTasksMax: "400" }
  expect(scopeLimits(settings)).toEqual(["MemoryMax=2G", "MemorySwapMax=0", "CPUQuota=150%", "TasksMax=400"])
  expect(sliceLimits(settings)).toEqual(["MemoryMax=8G", "CPUQuota=600%", "TasksMax=1600"])
})

test("a share of the machine and what is unlimited have no sum", () => {
  const settings = { ...none, agentMemoryMax: "20%", agentTasksMax: "infinity" }
  expect(scopeLimits(settings)).toEqual(["MemoryMax=20%", "MemorySwapMax=0", "TasksMax=infinity"])
  expect(sliceLimits(settings)).toEqual([])
})

test("no path becomes a specifier, a variable, another word or another line of the unit", () => {
  const odd = '/a b/50%h/"q"/back\\slash/$HOME/new\nline'
  expect(environmentLine("PATH", odd)).toBe('Environment="PATH=/a b/50%%h/\\"q\\"/back\\\\slash/$HOME/new\\x0aline"')
  const text = serviceText({ command: [odd, "queue-daemon", "run"], environment: {} })
  expect(text).toContain('ExecStart="/a b/50%%h/\\"q\\"/back\\\\slash/$$HOME/new\\x0aline" "queue-daemon" "run"\n')
})

import { expect, test } from "bun:test"
import { memoryKillsIn } from "@kugetsu/daemon/systemd/memoryKills"

test("only what the kernel killed for want of memory is evidence, not that memory was short", () => {
  const events = (kills: number) => `low 0\nhigh 0\nmax 411\noom 3\noom_kill ${kills}\noom_group_kill 0\n`
  expect(memoryKillsIn(events(2))).toEqual([
    "memory ran out (AGENT_MEMORY_MAX, or the machine's), and 2 of its processes were killed",
  ])
  expect([...memoryKillsIn(events(0)), ...memoryKillsIn("")]).toEqual([])
})

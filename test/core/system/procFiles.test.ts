import { expect, test } from "bun:test"
import { cgroupIn } from "@kugetsu/core/system/procFiles"

const service = "/user.slice/user-1000.slice/user@1000.service/app.slice/one.service"

for (const [machine, text] of [
  ["of version 2", `0::${service}\n`],
  ["of version 1", `12:memory:/user.slice\n3:pids:/user.slice/user-1000.slice\n1:name=systemd:${service}\n`],
  ["of version 1, with the other one mounted", `12:memory:/user.slice\n1:name=systemd:${service}\n0::/\n`],
  ["of both versions", `12:memory:/user.slice\n1:name=systemd:${service}\n0::${service}\n`],
] as const) {
  test(`with control groups ${machine} a process is in the group that systemd put it in`, () => {
    expect(cgroupIn(text)).toBe(service)
  })
}

test("a process in the root of the groups is there, and one without groups is nowhere", () => {
  expect([cgroupIn("0::/\n"), cgroupIn("12:memory:/user.slice\n"), cgroupIn("")]).toEqual(["/", null, null])
})

import { expect, setDefaultTimeout, test } from "bun:test"
import { deadlineWithoutDaemon, hungSupervisor, silent } from "./clocks.ts"

// what is started is ended by the experiment itself, also when the machine is slow
setDefaultTimeout(240_000)

test.concurrent("an agent that is silent for twice the idle limit goes on while it computes, and is ended when it sleeps", async () => {
  expect((await silent()).faults).toEqual([])
})

test.concurrent("a deadline holds while the daemon is dead, and nothing of the run outlives it", async () => {
  expect((await deadlineWithoutDaemon()).faults).toEqual([])
})

test.concurrent("a supervisor that hangs is ended by the daemon, recorded, and its task done again", async () => {
  expect((await hungSupervisor(8000)).faults).toEqual([])
})

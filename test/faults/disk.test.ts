import { expect, setDefaultTimeout, test } from "bun:test"
import { canMount } from "../kit/mounts.ts"
import { deletedQueue, fullDisk, readOnlyHome } from "./disk.ts"

// what is started is ended by the experiment itself, also when the machine is slow
setDefaultTimeout(240_000)

test("after somebody deleted the queue people are told, one daemon serves, and new tasks are done", async () => {
  expect((await deletedQueue()).faults).toEqual([])
})

const onOwnDisk = (name: string, body: () => Promise<void>) => {
  if (!canMount) process.stderr.write(`SKIPPED (no file system can be mounted here; needs root): ${name}\n`)
  test.skipIf(!canMount)(name, body)
}

onOwnDisk("a daemon survives a full disk, says so, keeps the queue, and goes on when there is room", async () => {
  expect((await fullDisk()).faults).toEqual([])
})

onOwnDisk("on a read-only home daemon and enqueue end with 74, and both work once it is writable", async () => {
  expect((await readOnlyHome()).faults).toEqual([])
})

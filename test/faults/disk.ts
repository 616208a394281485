import * as fs from "node:fs"
import * as path from "node:path"
import { task } from "./cheapOpencode.ts"
import { faultsOf } from "./invariants.ts"
import type { Report } from "./report.ts"
import { end, until, World } from "./world.ts"

const LIMIT_MS = 60_000
const HOME_UNUSABLE = 74

const mount = (...args: ReadonlyArray<string>): boolean => Bun.spawnSync(["mount", ...args]).exitCode === 0

/** A world whose home is a file system of its own, with room for 2 GB until it is told otherwise. */
const onOwnDisk = (use: (world: World, remount: (options: string) => void) => Promise<Report>): Promise<Report> => {
  let place = ""
  const remount = (options: string) => {
    if (!mount("-o", `remount,${options}`, place)) throw new Error(`${place} cannot be mounted with ${options}`)
  }
  return World.with(
    async (world) => {
      try {
        return await use(world, remount)
      } finally {
        remount("rw")
        for (const { pid } of world.leftovers()) process.kill(pid, "SIGKILL")
        await until(() => world.leftovers().length === 0, LIMIT_MS)
        // lazily: a process that was killed holds on to it for a moment longer
        Bun.spawnSync(["umount", "--lazy", place])
      }
    },
    {},
    (home) => {
      place = home
      fs.mkdirSync(home)
      mount("-t", "tmpfs", "-o", "size=2g,mode=700", "tmpfs", home)
    },
  )
}

const usedBytes = (dir: string): number => {
  const { bfree, blocks, bsize } = fs.statfsSync(dir)
  return (blocks - bfree) * bsize
}

/** First the space gets low, then there is none at all, while an agent works; then there is room again. */
export const fullDisk = (): Promise<Report> =>
  onOwnDisk(async (world, remount) => {
    await world.enqueue(1, task("sleep 1.5"))
    const daemon = world.daemon()
    await world.working(1)
    remount("size=100m")
    const later = await world.enqueue(2, task("sleep 0.1"))
    const told = await until(
      async () => (await world.notifications()).some(({ type }) => type === "disk_full"),
      LIMIT_MS,
    )
    remount(`size=${usedBytes(world.home)}`)
    const words = ["enqueue", world.newId(), "example.org/ann/app#3", "no room for it"]
    const refused = await world.run(words)
    // over the end of the agent, which finds no room for its outcome, and a look of the daemon
    await Bun.sleep(7000)
    const alive = daemon.exitCode === null && daemon.signalCode === null
    const waiting = (await world.item(later))?.state
    remount("size=2g")
    const settled = await world.settled(LIMIT_MS)
    await end(daemon, "SIGTERM")
    return {
      name: "full disk",
      counts: { "exit code without room": refused.code ?? -1 },
      faults: [
        ...(told ? [] : ["nobody was told that the disk is full"]),
        ...(refused.code === HOME_UNUSABLE ? [] : [`enqueue without room ended with ${refused.code}`]),
        ...(alive ? [] : ["the daemon died of it"]),
        ...(waiting === "pending" ? [] : [`a task was ${waiting} on a full disk`]),
        ...(settled ? [] : ["with room again not everything was settled in time"]),
        ...(await faultsOf(world)),
      ],
    }
  })

/** Neither daemon nor task on a home that is read-only; both when it no longer is. */
export const readOnlyHome = (): Promise<Report> =>
  onOwnDisk(async (world, remount) => {
    await world.enqueue(1, task("sleep 0.1"))
    remount("ro")
    const daemon = await world.run(["daemon"])
    const enqueue = await world.run(["enqueue", world.newId(), "example.org/ann/app#2", "x"])
    remount("rw")
    const next = world.daemon()
    const settled = await world.settled(LIMIT_MS)
    await end(next, "SIGTERM")
    return {
      name: "read-only home",
      counts: { "exit code of the daemon": daemon.code ?? -1, "exit code of enqueue": enqueue.code ?? -1 },
      faults: [
        ...(daemon.code === HOME_UNUSABLE ? [] : [`the daemon ended with ${daemon.code ?? daemon.signal}`]),
        ...(enqueue.code === HOME_UNUSABLE ? [] : [`enqueue ended with ${enqueue.code ?? enqueue.signal}`]),
        ...(settled ? [] : ["writable again, not everything was settled in time"]),
        ...(await faultsOf(world)),
      ],
    }
  })

/** Somebody deletes the queue under a daemon; no second one may come to serve beside it. */
export const deletedQueue = (): Promise<Report> =>
  World.with(async (world) => {
    const daemon = world.daemon()
    await until(() => fs.existsSync(path.join(world.home, "queue", "daemon.json")), LIMIT_MS)
    await Bun.sleep(200)
    fs.rmSync(path.join(world.home, "queue"), { recursive: true, force: true })
    const told = await until(
      async () => (await world.notifications()).some(({ type }) => type === "queue_lost"),
      LIMIT_MS,
    )
    const second = world.daemon()
    const one = await Promise.race([
      Promise.all([daemon.exited, second.exited]).then(() => 0),
      until(() => [daemon, second].filter(({ exitCode }) => exitCode === null).length === 1, 15_000).then((yes) =>
        yes ? 1 : 2,
      ),
    ])
    await world.enqueue(1, task("sleep 0.1"))
    const settled = await world.settled(LIMIT_MS)
    await Promise.all([end(daemon, "SIGTERM"), end(second, "SIGTERM")])
    return {
      name: "deleted queue directory",
      counts: { "daemons after a second start": one },
      faults: [
        ...(told ? [] : ["nobody was told"]),
        ...(one === 1 ? [] : [`${one} daemons serve`]),
        ...(settled ? [] : ["a task that was left afterwards was not done"]),
        ...(await faultsOf(world)),
      ],
    }
  })

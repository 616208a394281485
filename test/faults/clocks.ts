import { task } from "./cheapOpencode.ts"
import { faultsOf } from "./invariants.ts"
import type { Report } from "./report.ts"
import { end, killIfThere, until, World } from "./world.ts"

const LIMIT_MS = 90_000
const IDLE_MINUTES = "0.05"
const HOURS_OF_THREE_SECONDS = "0.00084"

const outcomesOf = async (world: World): Promise<ReadonlyArray<string>> =>
  [...(await world.runs())].reverse().map(({ exit }) => exit?.outcome ?? "none")

/** Says nothing for twice the idle limit: one computes meanwhile, in a process of its own session, one sleeps. */
export const silent = (): Promise<Report> =>
  World.with(
    async (world) => {
      const busy = await world.enqueue(1, task("timeout 6 setsid --wait sh -c 'while :; do :; done'; :"))
      const asleep = await world.enqueue(2, task("sleep 600"))
      const daemon = world.daemon()
      const settled = await world.settled(LIMIT_MS)
      await end(daemon, "SIGTERM")
      const [first, second] = [await world.item(busy), await world.item(asleep)]
      const evidence = (await world.runs()).find(({ request }) => request.item === asleep)?.exit
      return {
        name: "silent for twice the idle limit",
        counts: { "idle limit, ms": 3000 },
        faults: [
          ...(settled ? [] : ["not everything was settled in time"]),
          ...(first?.state === "completed" ? [] : [`the one that computed came to ${first?.state}: ${first?.error}`]),
          ...(second?.state === "error" ? [] : [`the one that slept came to ${second?.state}`]),
          ...(evidence?.outcome === "idle_timed_out" && evidence.clock === "idle"
            ? []
            : [`the one that slept ended as ${evidence?.outcome} by the clock ${evidence?.clock}`]),
          ...(await faultsOf(world)),
        ],
      }
    },
    { TASK_IDLE_TIMEOUT_MINUTES: IDLE_MINUTES },
  )

/** The daemon dies while an agent works, and stays dead past the deadline. */
export const deadlineWithoutDaemon = (): Promise<Report> =>
  World.with(
    async (world) => {
      await world.enqueue(1, task("trap '' TERM; setsid sleep 600 & sleep 600; sleep 600"))
      const daemon = world.daemon()
      await world.working(1)
      await end(daemon)
      const enforced = await until(async () => (await outcomesOf(world))[0] === "timed_out", LIMIT_MS)
      const left = (await until(() => world.leftovers().length === 0, 20_000)) ? 0 : world.leftovers().length
      const next = world.daemon()
      const settled = await world.settled(LIMIT_MS)
      await end(next, "SIGTERM")
      return {
        name: "deadline with the daemon dead",
        counts: { "processes left": left },
        faults: [
          ...(enforced ? [] : [`the run came to ${(await outcomesOf(world)).join()}`]),
          ...(left === 0 ? [] : [`${left} processes of the run outlived its deadline`]),
          ...(settled ? [] : ["not everything was settled in time"]),
          ...(await faultsOf(world)),
        ],
      }
    },
    { TASK_TIMEOUT_HOURS: HOURS_OF_THREE_SECONDS },
  )

/** A supervisor that is stopped for good is ended by the daemon after `silenceMs`, and its work is done again. */
export const hungSupervisor = (silenceMs: number): Promise<Report> =>
  World.with(async (world) => {
    const id = await world.enqueue(1, task("[ -e ../once ] || { : >../once; sleep 600; }"))
    const daemon = world.daemon({ FAULTS_SILENCE_LIMIT_MS: String(silenceMs) })
    await world.working(1)
    const [supervisor] = await world.supervisors()
    killIfThere(supervisor!.pid, "SIGSTOP")
    const from = performance.now()
    const recorded = await until(async () => (await outcomesOf(world))[0] === "lost", silenceMs + LIMIT_MS)
    const waited = Math.round(performance.now() - from)
    const settled = await world.settled(LIMIT_MS)
    await end(daemon, "SIGTERM")
    const item = await world.item(id)
    return {
      name: "hung supervisor",
      counts: { "ms limit": silenceMs, "ms to its outcome": waited },
      faults: [
        ...(recorded && settled ? [] : [`the runs came to ${(await outcomesOf(world)).join()}`]),
        // 5 s between two signs of life, and as much between two looks
        ...(waited >= silenceMs - 5000 ? [] : [`it was ended after ${waited} ms`]),
        ...(item?.state === "completed" ? [] : [`its task came to ${item?.state}`]),
        ...(await faultsOf(world)),
      ],
    }
  })

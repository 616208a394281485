import { task } from "./cheapOpencode.ts"
import { faultsOf } from "./invariants.ts"
import type { Report } from "./report.ts"
import { type Daemon, end, killIfThere, World } from "./world.ts"

const LIMIT_MS = 240_000
const ISSUES = 13

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
const randomFrom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Kills, and stops for a while, the daemon and the supervisors at random while they work on `items` tasks on 13 issues.
 * A seed decides what is done, and when; the machine decides what it hits.
 */
export const chaos = (seed: number, items: number): Promise<Report> =>
  World.with(
    async (world) => {
      const random = randomFrom(seed)
      const one = <A>(all: ReadonlyArray<A>): A => all[Math.floor(random() * all.length)]!
      const from = performance.now()
      for (let n = 0; n < items; n++) {
        const shell = `sleep ${one([0.05, 0.2, 0.5, 1])}; ${one([":", ":", ":", "exit 1"])}`
        await world.enqueue(1 + (n % ISSUES), task(shell))
      }
      const counts = { daemonKills: 0, supervisorKills: 0, stops: 0 }
      let daemon: Daemon = world.daemon()
      const stopFor = (pid: number, ms: number) => {
        if (!killIfThere(pid, "SIGSTOP")) return
        counts.stops += 1
        setTimeout(() => killIfThere(pid, "SIGCONT"), ms)
      }
      const killDaemon = async () => {
        await end(daemon)
        counts.daemonKills += 1
        daemon = world.daemon()
      }
      let settled = false
      while (!settled && performance.now() - from < LIMIT_MS) {
        await Bun.sleep(200 + random() * 1200)
        const [what, whom, long] = [random(), random(), 50 + random() * 400]
        const supervisors = await world.supervisors()
        const supervisor = supervisors[Math.floor(whom * supervisors.length)]
        if (what < 0.45) await killDaemon()
        else if (what < 0.7 && supervisor !== undefined) {
          if (killIfThere(supervisor.pid, "SIGKILL")) counts.supervisorKills += 1
        } else if (what < 0.85) stopFor(daemon.pid, long)
        else if (supervisor !== undefined) stopFor(supervisor.pid, long)
        settled = await world.settled(0)
      }
      await end(daemon)
      const ended = await world.items()
      return {
        name: `chaos, seed ${seed}`,
        counts: {
          items,
          completed: ended.filter(({ state }) => state === "completed").length,
          error: ended.filter(({ state }) => state === "error").length,
          runs: (await world.runs()).length,
          "agents started": world.opencode.starts().length,
          "daemon kills": counts.daemonKills,
          "supervisor kills": counts.supervisorKills,
          stops: counts.stops,
          seconds: Math.round((performance.now() - from) / 1000),
        },
        faults: [...(settled ? [] : ["not everything was settled in time"]), ...(await faultsOf(world))],
      }
    },
    { MAX_CONCURRENT_AGENTS: "5" },
  )

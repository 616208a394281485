import * as fs from "node:fs"
import * as path from "node:path"
import { task } from "./cheapOpencode.ts"
import { faultsOf } from "./invariants.ts"
import type { Report } from "./report.ts"
import { end, until, World } from "./world.ts"

const LIMIT_MS = 120_000
const BUSY = 75

/** Two daemons are started at the same instant, again and again. */
export const twoDaemons = (times: number): Promise<Report> =>
  World.with(async (world) => {
    const faults: Array<string> = []
    for (let n = 0; n < times; n++) {
      const both = [world.daemon(), world.daemon()]
      const loser = await Promise.race(both.map((daemon) => daemon.exited.then(() => daemon)))
      const winner = both.find((daemon) => daemon !== loser)!
      if (loser.exitCode !== BUSY) faults.push(`time ${n}: one ended with ${loser.exitCode ?? loser.signalCode}`)
      const served = await until(() => recordedDaemon(world.home) === winner.pid, LIMIT_MS)
      if (!served || winner.exitCode !== null) faults.push(`time ${n}: the other does not serve`)
      await end(winner, n % 2 === 0 ? "SIGKILL" : "SIGTERM")
      // in its first moments nobody listens for the signal yet, which then ends it by itself
      const how = winner.exitCode ?? winner.signalCode
      if (n % 2 === 1 && how !== 143 && how !== "SIGTERM") faults.push(`time ${n}: after SIGTERM it was ${how}`)
    }
    const refusals = world.log("daemon").split("a daemon is running already").length - 1
    return {
      name: "two daemons at the same instant",
      counts: { times, refused: refusals },
      faults: [
        ...faults,
        ...(refusals === times ? [] : [`${refusals} said why they ended, not ${times}`]),
        ...(await faultsOf(world)),
      ],
    }
  })

const recordedDaemon = (home: string): number | null => {
  const file = path.join(home, "queue", "daemon.json")
  if (!fs.existsSync(file)) return null
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { readonly daemon: { readonly pid: number } }).daemon.pid
}

/** Eight processes leave `each` tasks while a daemon claims and works on them; then all there should be is there. */
export const manyWriters = (each: number): Promise<Report> =>
  World.with(async (world) => {
    const daemon = world.daemon()
    const from = performance.now()
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"]
    const said = await Promise.all(names.map((name) => world.run(["enqueue-many", name, String(each)])))
    const milliseconds = Math.round(performance.now() - from)
    const ids = said.flatMap(({ stdout }) => stdout.split("\n").filter(Boolean))
    // it works on while it is looked at
    await until(() => world.opencode.starts().length >= 3, LIMIT_MS)
    await world.queue((queue) => queue.pause)
    await until(async () => (await world.runs()).every(({ exit }) => exit !== null), LIMIT_MS)
    await until(async () => (await world.items()).every(({ state }) => state !== "notified"), LIMIT_MS)
    await end(daemon, "SIGTERM")
    const items = await world.items()
    const there = new Set<string>(items.map(({ id }) => id))
    const messages = new Set(items.map(({ message }) => message))
    const starts = world.opencode.starts()
    return {
      name: "eight processes enqueue while a daemon claims",
      counts: {
        enqueued: ids.length,
        there: items.length,
        worked: starts.length,
        milliseconds,
      },
      faults: [
        ...(ids.length === names.length * each ? [] : [`${ids.length} were acknowledged`]),
        ...(items.length === ids.length ? [] : [`${items.length} are there`]),
        ...ids.filter((id) => !there.has(id)).map((id) => `${id} is lost`),
        ...(messages.size === items.length ? [] : [`${messages.size} messages in ${items.length} items`]),
        ...(new Set(starts.map(({ run }) => run)).size === starts.length ? [] : ["a run was started twice"]),
        ...items.filter(({ attempts }) => attempts > 1).map(({ id }) => `${id} was worked on twice`),
        ...world.opencode.overlaps(),
      ],
    }
  })

/** Files that no kugetsu wrote. */
const brokenFiles: Readonly<Record<string, string | Uint8Array>> = {
  "q_1000000000001_truncd.json": '{"version":1,"id":"q_1000000000001_truncd","issue_ref":"exam',
  "q_1000000000002_emptyy.json": "",
  "q_1000000000003_binary.json": Uint8Array.from({ length: 4096 }, (_, n) => (n * 7919) % 256),
  "q_1000000000004_bigbig.json": "x".repeat(10 * 1024 * 1024),
  "q_1000000000005_versio.json": JSON.stringify({ version: 99, id: "q_1000000000005_versio", message: "later" }),
}

/** Some lie there when the daemon comes up, the others come while it works. */
export const badFiles = (): Promise<Report> =>
  World.with(async (world) => {
    for (let issue = 1; issue <= 3; issue++) await world.enqueue(issue, task("sleep 0.1"))
    const [dir, bad] = ["items", "bad"].map((name) => path.join(world.home, "queue", name)) as [string, string]
    const files = Object.entries(brokenFiles)
    const put = ([name, content]: (typeof files)[number]) => fs.writeFileSync(path.join(dir, name), content)
    files.slice(0, 3).forEach(put)
    const daemon = world.daemon()
    await world.working(1)
    files.slice(3).forEach(put)
    const settled = await world.settled(LIMIT_MS)
    const told = async () => (await world.notifications()).filter(({ type }) => type === "queue_quarantined")
    await until(async () => (await told()).length >= files.length, LIMIT_MS)
    await end(daemon, "SIGTERM")
    const kept = fs.existsSync(bad) ? fs.readdirSync(bad) : []
    const notifications = await told()
    return {
      name: "broken item files",
      counts: { "put in": files.length, quarantined: kept.filter((name) => !name.endsWith(".reason.json")).length },
      faults: [
        ...(settled ? [] : ["the good ones were not all settled in time"]),
        ...(await world.items())
          .filter(({ state }) => state !== "completed")
          .map(({ id, state }) => `${id} came to ${state}`),
        ...files
          .filter(([name, content]) => !kept.some((file) => file === name && sameBytes(path.join(bad, file), content)))
          .map(([name]) => `${name} is not in quarantine as it was`),
        ...files
          .filter(([name]) => notifications.filter(({ id }) => id.startsWith(name)).length !== 1)
          .map(([name]) => `${name} was not told once`),
        ...(await faultsOf(world)),
      ],
    }
  })

const sameBytes = (file: string, content: string | Uint8Array): boolean =>
  Buffer.from(content).equals(fs.readFileSync(file))

import * as fs from "node:fs"
import * as path from "node:path"
import { type Daemon, end, type World } from "./world.ts"

export const LIMIT_MS = 60_000

/** Kills whoever comes by a point first. */
export class Trap {
  readonly #mark: string
  constructor(
    world: World,
    readonly point: string,
  ) {
    this.#mark = path.join(world.dir, `crashed at ${point}`)
  }
  get env() {
    return { KUGETSU_CRASH_AT: this.point, KUGETSU_CRASH_ONCE: this.#mark }
  }
  get sprung(): boolean {
    return fs.existsSync(this.#mark)
  }
}

/** Keeps a daemon up, through its deaths, until all is settled. */
export const serve = async (world: World, env: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
  let daemon: Daemon = world.daemon(env)
  let over = false
  const keepUp = (async () => {
    for (;;) {
      await daemon.exited
      if (over) return
      daemon = world.daemon(env)
    }
  })()
  const settled = await world.settled(LIMIT_MS)
  over = true
  await end(daemon)
  await keepUp
  return settled ? [] : ["not everything was settled in time"]
}

/** Gives what is wrong at its end. */
export type Scenario = (world: World, trap: Trap) => Promise<ReadonlyArray<string>>

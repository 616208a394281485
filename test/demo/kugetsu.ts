import { isHeld } from "@kugetsu/core/system/Lock"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

const main = path.join(import.meta.dirname, "../../packages/cli/src/main.ts")

type Child = Bun.Subprocess<"ignore", "pipe", "pipe">

/** The command, for one home. Whatever it has started can be ended. */
export const kugetsuOf = (env: Readonly<Record<string, string>>, home: string) => {
  const children = new Set<Child>()
  let ending = false

  const run = (...words: ReadonlyArray<string>): Child => {
    if (ending) throw new Error("the demo is ending")
    return start(words)
  }

  /** In a session of its own: Ctrl-C is for the demo, which ends what it started. */
  const start = (words: ReadonlyArray<string>): Child => {
    const child = Bun.spawn([process.execPath, main, ...words], {
      cwd: home,
      env: { ...env, KUGETSU_DIR: home },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    })
    children.add(child)
    void child.exited.then(() => children.delete(child))
    return child
  }

  /** Whether a supervisor or an agent lives: either holds its issue's lock until nothing of it writes any more. */
  const isBusy = async (): Promise<boolean> => {
    const locks = path.join(home, "locks", "issues")
    const files = fs.existsSync(locks) ? fs.readdirSync(locks) : []
    const held = await Promise.all(files.map((file) => Effect.runPromise(isHeld(path.join(locks, file)))))
    return held.includes(true)
  }

  /** Stops the agents of these issues; afterwards no process of the home is left. */
  const end = async (issues: ReadonlyArray<string>): Promise<void> => {
    ending = true
    for (const child of children) child.kill("SIGTERM")
    await Promise.all([...children].map(({ exited }) => exited))
    if (await isBusy()) await Promise.all(issues.map((issue) => start(["stop", issue]).exited))
    while (await isBusy()) await Bun.sleep(100)
  }

  return { run, end }
}

export type Kugetsu = ReturnType<typeof kugetsuOf>

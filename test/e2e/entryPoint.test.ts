import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { documentMachine } from "../kit/documentMachine.ts"
import { effectTest } from "../kit/effectTest.ts"
import { until } from "../kit/queueStage.ts"

/** The command is the first process of a namespace, as the entry point of a container is. */
const asEntryPoint = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
const canBeFirst =
  process.platform === "linux" && Bun.spawnSync([...asEntryPoint, "true"], { stderr: "ignore" }).exitCode === 0

const name =
  "as the first process of a container the daemon works off the queue, leaves no zombie, and ends with 0 at SIGTERM"
if (!canBeFirst) test.skip(`${name} (needs root and namespaces)`, () => {})
else
  effectTest(name, () =>
    Effect.gen(function* () {
      const { env, forge, home, kugetsuHome, sh } = yield* documentMachine
      const ready = yield* sh(`sh kugetsu/install.sh --from-file kugetsu/dist/kugetsu && kugetsu init --no-probe
git config --global user.name Ann && git config --global user.email ann@example.org
kugetsu delegate "fix the crash in you/repo#2"`)
      expect(ready.code).toBe(0)

      const outer = yield* Effect.acquireRelease(
        Effect.sync(() =>
          Bun.spawn([...asEntryPoint, "kugetsu", "queue-daemon", "run"], {
            cwd: home,
            env,
            stdio: ["ignore", "ignore", "ignore"],
          }),
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL")),
      )
      yield* until("the pull request is opened", () => forge.pulls.length === 1)
      const exits = path.join(kugetsuHome, "queue", "done")
      yield* until("the task has ended", () => fs.readdirSync(exits).length === 1)
      const { daemon } = JSON.parse(fs.readFileSync(path.join(kugetsuHome, "queue", "daemon.json"), "utf8"))
      expect(daemon.pid).toBe(1)

      const childrenOf = (pid: number) =>
        fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number)
      const [first] = childrenOf(outer.pid)
      // the supervisor ends a moment after its outcome
      yield* until("nothing is left below it", () => childrenOf(first!).length === 0)
      process.kill(first!, "SIGTERM")
      expect(yield* Effect.promise(() => outer.exited)).toBe(0)
    }),
  )

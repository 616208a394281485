import { ProcessIdentity } from "@kugetsu/core/domain/ProcessIdentity"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { realStage } from "../kit/stage.ts"
import { interleave, millisecondsOf, type Repetitions, type Row, spreadOf } from "./measure.ts"
import { runToEnd } from "./runToEnd.ts"

/**
 * What passes between the command and the first request that asks the model to work, beside opencode alone. A new issue
 * needs an import into a database of its own, which is measured too.
 */
export const firstRequest = Effect.fnUntraced(function* (kugetsu: ReadonlyArray<string>, how: Repetitions) {
  const stage = yield* realStage
  const remote = stage.repository("tool")
  const opencode = stage.env.OPENCODE_BIN
  let made = 0

  const fresh = Effect.sync(() => {
    const [name, directory] = [`round ${++made}`, path.join(stage.home, `fresh-${made}`)]
    fs.mkdirSync(`${directory}.tmp`)
    stage.git.run(stage.home, "clone", "--quiet", remote, directory)
    return { name, place: { cwd: directory, env: { ...stage.env, TMPDIR: `${directory}.tmp`, PWD: directory } } }
  })

  const untilRequest = (name: string, run: Effect.Effect<unknown>) =>
    Effect.gen(function* () {
      const from = performance.timeOrigin + performance.now()
      yield* run
      const { at } = yield* Effect.promise(() =>
        stage.model.waitFor(({ purpose, user }) => purpose === "turn" && user.includes(name)),
      )
      return at - from
    })
  void untilRequest
  void opencode
  void kugetsu
  void fresh
})

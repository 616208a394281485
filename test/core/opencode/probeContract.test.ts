import { expect } from "bun:test"
import { probeContract } from "@kugetsu/core/opencode/probeContract"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { opencodeLayers } from "../../kit/agentTurns.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { type FakePlan, fakeOpencode, goodTurn } from "../../kit/fakeOpencode.ts"
import { canMount, mount } from "../../kit/mounts.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

/** What the probe of an opencode that does so comes to; `tmp` gets the directory that it may use, and must leave empty. */
const probed = Effect.fnUntraced(function* (plan: FakePlan, tmp: (root: string) => Effect.Effect<string> = emptyIn) {
  const root = yield* temporaryDirectory
  const { program } = fakeOpencode(path.join(root, "fake"), plan)
  const env = { PATH: process.env.PATH!, HOME: path.join(root, "person"), TMPDIR: yield* tmp(root) }
  const contract = yield* probeContract(program, "1.18.33").pipe(
    Effect.provide(opencodeLayers(path.join(root, "home"), env)),
  )
  return { contract, left: fs.readdirSync(root).includes("tmp") ? fs.readdirSync(path.join(root, "tmp")) : [] }
})

const emptyIn = (root: string) =>
  Effect.sync(() => {
    const tmp = path.join(root, "tmp")
    fs.mkdirSync(tmp)
    return tmp
  })

effectTest("an opencode that imports no session, or ends its turn otherwise than it must, breaks the contract", () =>
  Effect.gen(function* () {
    const faults: ReadonlyArray<readonly [FakePlan, RegExp]> = [
      [{ import: { stderr: "no such table\n", exitCode: 1 } }, /import/],
      [{ import: { directory: "/elsewhere" }, run: { events: goodTurn("done") } }, /\/elsewhere/],
      [{ run: { exitCode: 3 } }, /exit code 3/],
      [{ run: {} }, /do not tell how the turn ended/],
      [{ run: { shell: "pwd -P > here.txt", events: goodTurn("done") } }, /did not ask the model/],
    ]
    for (const [plan, words] of faults) {
      const { contract, left } = yield* probed(plan)
      expect(contract).toEqual({ _tag: "Broken", fault: expect.stringMatching(words) })
      expect(left).toEqual([])
    }
  }),
)

effectTest("a probe that has no place to work in says nothing of opencode", () =>
  Effect.gen(function* () {
    const { contract } = yield* probed({ import: { exitCode: 1 } }, (root) =>
      Effect.sync(() => {
        const file = path.join(root, "no directory")
        fs.writeFileSync(file, "")
        return file
      }),
    )
    expect(contract).toEqual({ _tag: "Unknown", reason: expect.stringContaining("no directory") })
  }),
)

if (canMount) {
  effectTest("a probe on a full disk says nothing of opencode", () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      yield* mount(root, "-t", "tmpfs", "-o", "size=4k", "tmpfs")
      fs.writeFileSync(path.join(root, "full"), "x".repeat(4096))
      const { contract } = yield* probed({ import: { exitCode: 1 } }, () => Effect.succeed(root))
      expect(contract).toEqual({ _tag: "Unknown", reason: expect.stringMatching(/ENOSPC|no space/i) })
    }),
  )
}

import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"
import { isFlat, trendsOf } from "./flatness.ts"
import { WORK } from "./issues.ts"
import { soak } from "./soak.ts"

effectTest("three agents at a time on six issues of two repositories: nothing is mixed, lost, done twice or left", () =>
  Effect.gen(function* () {
    const stage = yield* fakeStage()
    const arrived = path.join(stage.home, "arrived")
    fs.mkdirSync(arrived)
    // the first three wait for each other, and are together long enough to be seen
    const meet = `: > '${arrived}'/$KUGETSU_RUN
      while [ "$(ls '${arrived}' | wc -l)" -lt 3 ]; do sleep 0.1; done
      [ "$(ls '${arrived}' | wc -l)" -gt 3 ] || sleep 1`
    stage.opencode.plan({ run: { shell: `${meet}; ${WORK}`, events: goodTurn("done") } })
    const short = { lastsMs: 8000, agents: 3, lookMs: 200, warmUpMs: 0, withLongTurn: false }
    const { agents, faults, tasks } = yield* soak(stage, short)
    // so short a time says nothing of what grows
    expect(faults.filter((fault) => !fault.endsWith(" grows"))).toEqual([])
    expect(tasks).toBeGreaterThanOrEqual(6)
    expect(Math.max(...agents.keys())).toBe(3)
  }),
)

test("what grows from the first third to the last is called so, and what warms up at first is not", () => {
  const looks = (rssMb: (n: number) => number, descriptors: (n: number) => number) =>
    Array.from({ length: 90 }, (_, n) => ({ at: n * 1000, pid: 1, rssMb: rssMb(n), descriptors: descriptors(n) }))
  const flat = (samples: ReturnType<typeof looks>) => trendsOf("it", samples, 10_000).map(isFlat)
  expect(
    flat(
      looks(
        (n) => 60 + (n % 7),
        (n) => 20 + (n % 3),
      ),
    ),
  ).toEqual([true, true])
  expect(
    flat(
      looks(
        (n) => (n < 10 ? 20 : 80),
        () => 20,
      ),
    ),
  ).toEqual([true, true])
  expect(
    flat(
      looks(
        (n) => 60 + n / 2,
        () => 20,
      ),
    ),
  ).toEqual([false, true])
  expect(
    flat(
      looks(
        () => 60,
        (n) => 20 + n / 10,
      ),
    ),
  ).toEqual([true, false])
  expect(flat([])).toEqual([false, false])
})

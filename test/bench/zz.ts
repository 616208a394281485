import { Effect } from "effect"
import { worktreeCreation } from "/work/main/test/bench/worktreeCreation.ts"
const rows = await Effect.runPromise(
  Effect.scoped(worktreeCreation(2000, { repetitions: Number(process.env.N ?? 11), warmUps: 2 })),
)
const s = (x: any) => `${x.median.toFixed(2)} (${x.low.toFixed(2)}-${x.high.toFixed(2)})`
for (const r of rows) console.log(r.what, "|", s(r.took), "|", r.against, "|", s(r.bareTook), "|", s(r.cost))

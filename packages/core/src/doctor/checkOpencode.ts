import { Effect } from "effect"
import { AgentEnvironment } from "../AgentEnvironment.ts"
import { type Finding, fixed, problem, warning, well } from "../domain/Finding.ts"
import { isKnownGood, knownGood, opencodeVersion, pinnedVersion, resolveOpencode } from "../opencode/OpencodeBinary.ts"
import { probeContract } from "../opencode/probeContract.ts"
import { allowOpencode, forbidOpencode } from "../opencode/UnfitOpencode.ts"
import { Settings } from "../Settings.ts"
import { exists } from "../system/Files.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import type { Treatment } from "./Treatment.ts"

/** Which opencode agents get, and whether it does what it must. */
export const checkOpencode = Effect.fn("checkOpencode")(function* (treatment: Treatment) {
  const home = yield* KugetsuHome
  const { opencodeBin } = yield* (yield* Settings).load
  const { PATH = "" } = yield* HostEnvironment
  const environment = yield* AgentEnvironment
  const asAgent = { agent: "dev", directory: "/", cloneUrl: null, run: null, tmp: "/tmp" } as const
  // what is wrong with env files is told where they are looked at
  const env = yield* Effect.orElseSucceed(environment.build(asAgent), () => ({ PATH }))
  const program = yield* resolveOpencode(opencodeBin, env)
  const version = yield* opencodeVersion(program, env)
  const range = `${knownGood.first} and later, before ${knownGood.end}`
  const known: Finding = isKnownGood(version)
    ? well(program, `its version is ${version}`)
    : warning(
        program,
        `its version is ${version}, and kugetsu is tested with ${range}`,
        `npm install -g opencode-ai@${pinnedVersion}, or name such a one in OPENCODE_BIN.`,
      )
  const contract = yield* probeContract(program, version)
  if (contract._tag === "Unknown") {
    const found = `whether it does what it must could not be tried: ${contract.reason}`
    return [
      known,
      problem(program, found, "Mend that, then run kugetsu doctor again. Agents may be started meanwhile."),
    ]
  }
  const mayRecord = treatment.fix && (yield* exists(home.root))
  if (contract._tag === "Held") {
    const passed = "a session, a turn and an export went as they must"
    const wasForbidden = mayRecord && (yield* allowOpencode)
    return [known, wasForbidden ? fixed(program, passed, "agents may be started again") : well(program, passed)]
  }
  const { fault } = contract
  if (mayRecord) yield* forbidOpencode(program, { opencode: version, reason: fault })
  const failed = problem(
    program,
    `it does not do what it must: ${fault}`,
    `npm install -g opencode-ai@${pinnedVersion}, or name another in OPENCODE_BIN; then kugetsu doctor --fix tries that.${mayRecord ? "" : " --fix also keeps agents from being started with this one."}`,
  )
  return [known, mayRecord ? { ...failed, done: "no agent is started with it any more" } : failed]
})

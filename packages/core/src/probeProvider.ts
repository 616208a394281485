import { Effect, Option, Schema } from "effect"
import { randomBytes } from "node:crypto"
import * as path from "node:path"
import { Agent, type AgentPlace } from "./Agent.ts"
import { AgentEnvironment } from "./AgentEnvironment.ts"
import { ExitCode } from "./domain/Failure.ts"
import type { TurnReport } from "./domain/TurnReport.ts"
import { modelOf } from "./opencode/modelOf.ts"
import { Settings } from "./Settings.ts"
import { ensureDirectory, readText, removeTree, replaceFile } from "./system/Files.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { Processes } from "./system/Processes.ts"
import { sweep } from "./system/ProcessTable.ts"

/** The model did not answer one plain question, asked as an agent would. */
export class ProviderUnusable extends Schema.TaggedError<ProviderUnusable>()("ProviderUnusable", {
  /** The provider's or the engine's own words. */
  detail: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `the model does not answer: ${this.detail}`
  }
  get remedy() {
    return [
      "Set a provider key with `kugetsu env set ANTHROPIC_API_KEY -` (or the key of your provider), or log in with",
      "`opencode auth login`; the model is chosen in opencode's own configuration or with KUGETSU_MODEL in the config",
      "file. Then run `kugetsu init` again. `--no-probe` leaves this question out.",
    ].join("\n")
  }
}

const QUESTION = "Answer with the one word: ready. Use no tool."
/** How long the answer is waited for. */
export const probeLimitMs = 120_000
const PROBE = "probe"

/** One real turn in a throw-away place, in the environment agents have. Gives `provider/model`. */
export const probeProvider = Effect.fn("probeProvider")(function* (tmp: string) {
  const agent = yield* Agent
  const home = yield* KugetsuHome
  const storage = home.agent(PROBE)
  const token = `init-${randomBytes(6).toString("hex")}`
  const directory = path.join(tmp, PROBE)
  const files = {
    events: path.join(tmp, "events.jsonl"),
    stderr: path.join(tmp, "stderr.log"),
    prompt: path.join(tmp, "prompt.txt"),
  }
  yield* ensureDirectory(directory)
  yield* replaceFile(files.prompt, QUESTION)
  const place: AgentPlace = {
    name: PROBE,
    directory,
    title: "kugetsu probe",
    role: "dev",
    env: yield* (yield* AgentEnvironment).build({ agent: "dev", directory, cloneUrl: null, run: token, tmp }),
    model: (yield* (yield* Settings).load).model,
  }
  yield* Effect.acquireRelease(removeTree(storage.dir), () => Effect.ignore(removeTree(storage.dir)))
  const session = yield* agent.ensureSession(place, { known: null, base: null })
  const command = yield* agent.turn(place, session, { debug: false })

  yield* Effect.addFinalizer(() => endAll(token))
  const child = yield* (yield* Processes).launch({
    ...command,
    stdin: files.prompt,
    stdout: files.events,
    stderr: files.stderr,
    descriptors: [],
  })
  const exit = yield* Effect.timeoutOption(child.exited, probeLimitMs)
  yield* endAll(token)
  const report = yield* agent.report(files)
  if (Option.isNone(exit) || exit.value.code !== 0 || !isAnswer(report)) {
    return yield* new ProviderUnusable({ detail: complaintOf(report, yield* readText(files.stderr)) })
  }
  yield* agent.keepExport(place, session)
  return Option.match(yield* readText(storage.export), { onNone: () => null, onSome: modelOf })
}, Effect.scoped)

const endAll = (token: string) =>
  sweep({ token: { name: "KUGETSU_RUN", value: token }, below: null, waitedFor: null, graceMs: 500 })

const isAnswer = (report: TurnReport): boolean =>
  report.error === null && report.permission_asked === null && report.last_step === "stop"

const complaintOf = (report: TurnReport, stderr: Option.Option<string>): string => {
  if (report.error !== null) {
    const { name, message, status } = report.error
    return `${message} (${name}${status === null ? "" : `, HTTP ${status}`})`
  }
  if (report.quota !== null) return "it refuses for its quota"
  const lines = Option.getOrElse(stderr, () => "")
    .split("\n")
    .filter((line) => line.trim() !== "")
  return lines.length > 0 ? lines.slice(-3).join("\n") : `nothing came within ${probeLimitMs / 1000} s`
}

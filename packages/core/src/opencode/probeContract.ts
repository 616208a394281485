import { Effect, Layer, Option, Schema } from "effect"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { Agent, type AgentPlace } from "../Agent.ts"
import { ExitCode, type Failure } from "../domain/Failure.ts"
import { Settings } from "../Settings.ts"
import { attempt, ensureDirectory, readText, realPath, removeTree, replaceFile } from "../system/Files.ts"
import { temporaryDirectoryIn } from "../system/Files.ts"
import { pick } from "../system/GitEnvironment.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { Processes } from "../system/Processes.ts"
import { sweep } from "../system/ProcessTable.ts"
import { Opencode } from "./Opencode.ts"
import { type ProbeStep, probeModel } from "./ProbeModel.ts"

const PROBE = "probe"
/** How long a turn against a model that answers at once may take, in milliseconds. */
const limitMs = 180_000

/** What the probe came to. `Unknown`: something else than opencode was in its way, such as a full disk or a busy machine. */
export type Contract =
  | { readonly _tag: "Held" }
  | { readonly _tag: "Broken"; readonly fault: string }
  | { readonly _tag: "Unknown"; readonly reason: string }

/** Failures that say that opencode did otherwise than it must. */
const ofOpencode = ["OpencodeFailed", "SessionMisplaced", "SessionUnreadable", "ExportShrunk"]

/**
 * Whether opencode does what it must, in a throw-away home and with a model on loopback: a session is imported
 * and bound to its directory, the turn works there, what is denied is refused and the turn goes on, its events tell its
 * end, and the conversation can be exported whole.
 */
export const probeContract = Effect.fn("probeContract")((program: string, version: string) =>
  faultOf(program, version).pipe(
    Effect.map((fault): Contract => (fault === null ? { _tag: "Held" } : { _tag: "Broken", fault })),
    Effect.catch(({ _tag, message }: Failure) =>
      Effect.succeed<Contract>(
        ofOpencode.includes(_tag) ? { _tag: "Broken", fault: message } : { _tag: "Unknown", reason: message },
      ),
    ),
  ),
)

/** What it does otherwise than it must; null: nothing. */
const faultOf = Effect.fnUntraced(function* (program: string, version: string) {
  const host = yield* HostEnvironment
  const dir = yield* Effect.acquireRelease(temporaryDirectoryIn(host.TMPDIR || "/tmp", "kugetsu-"), (made) =>
    Effect.ignore(removeTree(made)),
  )
  const directory = yield* realPath(yield* Effect.as(ensureDirectory(path.join(dir, "work")), path.join(dir, "work")))
  const model = yield* probeModel(stepsIn(directory))
  const env = yield* personOf(
    { dir, version, baseURL: model.baseURL },
    pick(host, ["PATH", "LANG", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]),
  )
  const settings = yield* Settings
  const inForce = yield* settings.load
  // not the one that was made for the person's own home
  const engine = Layer.fresh(Opencode.layer).pipe(
    Layer.provideMerge(KugetsuHome.at(path.join(dir, "home"))),
    Layer.provide(Layer.succeed(Settings, { ...settings, load: Effect.succeed({ ...inForce, opencodeBin: program }) })),
    Layer.provide(Layer.succeed(Processes, yield* Processes)),
  )
  const place: AgentPlace = { name: PROBE, directory, title: "probe", role: "dev", env, model: null }
  return yield* turnIn(place, dir).pipe(
    Effect.provide(engine),
    Effect.map((fault) => fault ?? (model.turns() < 3 ? "it did not ask the model as often as it should" : null)),
  )
}, Effect.scoped)

/** The machine may be busy with other things. */
class ProbeTimedOut extends Schema.TaggedError<ProbeTimedOut>()("ProbeTimedOut", {}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `a turn did not end within ${limitMs / 1000} s`
  }
  get remedy() {
    return "Try again when the machine has less to do."
  }
}

const stepsIn = (directory: string): ReadonlyArray<ProbeStep> => {
  const bash = (command: string): ProbeStep => ({ tool: "bash", args: { command, description: "probe" } })
  return [
    bash("pwd -P > here.txt"),
    bash("git stash list; touch allowed.txt"),
    { text: `It is done in ${path.basename(directory)}.` },
  ]
}

/** A person who has nothing but this model. */
const personOf = Effect.fnUntraced(function* (
  { baseURL, dir, version }: { readonly dir: string; readonly version: string; readonly baseURL: string },
  given: Readonly<Record<string, string>>,
) {
  const home = path.join(dir, "person")
  const own = path.join(home, ".config", "opencode")
  // a finished installation of the plugin package, or opencode's own npm would begin one
  const dependencies = { "@opencode-ai/plugin": version }
  yield* ensureDirectory(path.join(own, "node_modules"))
  yield* replaceFile(path.join(own, "package.json"), JSON.stringify({ dependencies }))
  const lock = { lockfileVersion: 3, packages: { "": { dependencies } } }
  yield* replaceFile(path.join(own, "package-lock.json"), JSON.stringify(lock))
  const scripted = { npm: "@ai-sdk/openai-compatible", name: "Probe", options: { baseURL, apiKey: "none" } }
  const configuration = {
    model: "probe/one",
    small_model: "probe/one",
    enabled_providers: ["probe"],
    provider: {
      probe: { ...scripted, models: { one: { tool_call: true, limit: { context: 100_000, output: 10_000 } } } },
    },
  }
  yield* replaceFile(path.join(own, "opencode.json"), JSON.stringify(configuration))
  return {
    ...given,
    HOME: home,
    TMPDIR: dir,
    GIT_CONFIG_NOSYSTEM: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_CLAUDE_CODE: "1",
    OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
    KUGETSU_RUN: `doctor-${randomBytes(6).toString("hex")}`,
  }
})

const turnIn = Effect.fnUntraced(function* (place: AgentPlace, dir: string) {
  const agent = yield* Agent
  const at = (name: string) => path.join(dir, name)
  const files = { events: at("events.jsonl"), stderr: at("stderr.log") }
  yield* replaceFile(at("prompt.txt"), "Do as you are told.")
  const session = yield* agent.ensureSession(place, { known: null, base: null })
  const command = yield* agent.turn(place, session, { debug: false })
  const endAll = sweep({
    token: { name: "KUGETSU_RUN", value: place.env.KUGETSU_RUN ?? "" },
    below: null,
    waitedFor: null,
    graceMs: 500,
  })
  yield* Effect.addFinalizer(() => endAll)
  const child = yield* (yield* Processes).launch({
    ...command,
    stdin: at("prompt.txt"),
    stdout: files.events,
    stderr: files.stderr,
    descriptors: [],
  })
  const exit = Option.getOrNull(yield* Effect.timeoutOption(child.exited, limitMs))
  if (exit === null) return yield* new ProbeTimedOut()
  const report = yield* agent.report(files)
  if (report.error !== null) return `its turn ended with: ${report.error.message}`
  if (report.permission_asked !== null) return `it asked for a permission (${report.permission_asked})`
  if (exit.code !== 0) return `its turn ended with exit code ${exit.code ?? exit.signal}`
  if (report.last_step !== "stop") return "its events do not tell how the turn ended"
  const here = Option.getOrElse(yield* readText(path.join(place.directory, "here.txt")), () => "").trim()
  if (here !== place.directory) return `its tools worked in ${here || "no directory"}, not in that of the session`
  const wasAllowed = yield* attempt("look at", dir, () => fs.existsSync(path.join(place.directory, "allowed.txt")))
  if (wasAllowed) return "it ran a command that it was denied"
  yield* agent.verify(place, session)
  yield* agent.keepExport(place, session)
  return null
}, Effect.scoped)

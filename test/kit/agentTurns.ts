import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { GitAccess } from "@kugetsu/core/GitAccess"
import { Opencode } from "@kugetsu/core/opencode/Opencode"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ProcessesLive } from "./effectTest.ts"

/** No remote, and a name for commits comes from git itself. */
const NoGitAccess = Layer.succeed(GitAccess, {
  environment: () => Effect.succeed({}),
  credential: () => Effect.succeed(null),
  tokenVariable: () => Effect.succeed(null),
  identity: Effect.succeed({}),
})

/** The real engine and what it needs, over a home and an environment of a test's own. */
export const opencodeLayers = (root: string, env: Readonly<Record<string, string>>) =>
  Layer.mergeAll(Opencode.layer, AgentEnvironment.layer).pipe(
    Layer.provideMerge(Layer.mergeAll(Settings.layer, EnvFiles.layer, NoGitAccess, ProcessesLive)),
    Layer.provideMerge(KugetsuHome.at(root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, env)),
  )

export interface PlaceOptions extends Partial<Pick<AgentPlace, "role" | "model">> {
  readonly name: string
  readonly directory: string
  readonly tmp: string
}

/** A place as a supervisor makes it. */
export const placeFor = Effect.fnUntraced(function* ({ directory, model, name, role = "dev", tmp }: PlaceOptions) {
  fs.mkdirSync(directory, { recursive: true })
  fs.mkdirSync(tmp, { recursive: true })
  const env = yield* (yield* AgentEnvironment).build({ agent: role, directory, cloneUrl: null, run: name, tmp })
  return { name, directory, title: name, role, env, model: model ?? null } satisfies AgentPlace
})

/** Starts a turn as a supervisor does: the prompt from a file, output into files. */
export const startTurn = Effect.fnUntraced(function* (place: AgentPlace, session: string, prompt: string) {
  const command = yield* (yield* Agent).turn(place, session, { debug: false })
  const dir = fs.mkdtempSync(path.join(path.dirname(place.env.TMPDIR!), "turn-"))
  const files = { events: path.join(dir, "events.jsonl"), stderr: path.join(dir, "stderr.log") }
  fs.writeFileSync(path.join(dir, "prompt.txt"), prompt)
  const child = yield* (yield* Processes).launch({
    ...command,
    stdin: path.join(dir, "prompt.txt"),
    stdout: files.events,
    stderr: files.stderr,
    descriptors: [],
  })
  return { child, files }
})

/** A whole turn, and what came of it. */
export const runTurn = Effect.fnUntraced(function* (place: AgentPlace, session: string, prompt: string) {
  const { child, files } = yield* startTurn(place, session, prompt)
  const exit = yield* child.exited
  return { exit, files, report: yield* (yield* Agent).report(files) }
})

import { carriersOf, identityOf, signal } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fakeOpencode, type FakePlan } from "./fakeOpencode.ts"
import { GitBox } from "./git.ts"
import { freshPerson, type RunOptions } from "./kugetsu.ts"
import { type PersonOptions, personWithOpencode } from "./opencode.ts"
import { temporaryDirectory } from "./temporary.ts"
import { scriptedModel, type ScriptedModelOptions, scriptOf, type ScriptStep } from "./scriptedModel.ts"

/**
 * A whole small world: a person with an initialised home, git remotes, and the real command over the real opencode with
 * a scripted model, or over a fake opencode that follows a plan.
 */
const stageOn = Effect.fnUntraced(function* (opencodeEnv: (home: string) => Readonly<Record<string, string>>) {
  const person = yield* freshPerson
  const remotes = path.join(person.home, "git box")
  fs.mkdirSync(remotes)
  const git = new GitBox(remotes)
  const env: Readonly<Record<string, string | undefined>> = { ...person.env, ...opencodeEnv(person.home) }
  yield* Effect.addFinalizer(() => Effect.sync(() => endRuns(path.join(person.kugetsuHome, "runs"))))
  const run = (words: ReadonlyArray<string>, options: RunOptions = {}) =>
    person.kugetsu(words, { ...options, env: { ...env, ...options.env } })

  /** A remote with one commit, known to kugetsu as `example.org/ann/<name>`; gives its path. */
  const repository = (name: string, files?: Readonly<Record<string, string>>): string => {
    const remote = git.remote(`${name}.git`, files)
    const file = path.join(person.kugetsuHome, "repos.json")
    const known = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string>
    fs.writeFileSync(file, JSON.stringify({ ...known, [`example.org/ann/${name}`]: remote }))
    return remote
  }

  return {
    ...person,
    env,
    git,
    run,
    repository,
    /** As `run`, with `--json`: the exit code and the document. */
    json: (words: ReadonlyArray<string>, options: RunOptions = {}) =>
      Effect.map(run([...words, "--json"], options), ({ code, stderr, stdout }) => ({
        code,
        stderr,
        answer: JSON.parse(stdout === "" ? "null" : stdout),
      })),
    start: (words: ReadonlyArray<string>, options: RunOptions = {}) =>
      person.spawn(words, { ...options, env: { ...env, ...options.env } }),
    worktree: (name: string, issue: string) =>
      path.join(person.kugetsuHome, "worktrees", `example.org-ann-${name}-${issue}`),
  }
})

/** Nothing outlives a stage, not even what a failed test left running. */
const endRuns = (runs: string): void => {
  for (const run of fs.existsSync(runs) ? fs.readdirSync(runs) : []) {
    const record = path.join(runs, run, "supervisor.json")
    const { supervisor } = fs.existsSync(record) ? JSON.parse(fs.readFileSync(record, "utf8")) : { supervisor: null }
    const agents = carriersOf("KUGETSU_RUN", run).map(identityOf)
    for (const process of [supervisor, ...agents]) if (process !== null) signal(process, "SIGKILL")
  }
}

export interface RealStageOptions {
  readonly model?: ScriptedModelOptions
  readonly person?: Omit<PersonOptions, "baseURL">
  /** false: kugetsu was never run here. */
  readonly init?: false
}

/** The real opencode and a scripted model; `say` puts a script into a message. */
export const realStageWith = Effect.fnUntraced(function* (options: RealStageOptions = {}) {
  const model = yield* scriptedModel({ keepBodies: true, ...options.model })
  const stage = yield* stageOn((home) => personWithOpencode(home, { ...options.person, baseURL: model.baseURL }))
  if (options.init !== false) yield* initialise(stage)
  return {
    ...stage,
    model,
    say: (words: string, ...steps: ReadonlyArray<ScriptStep>) => `${words}\n${scriptOf(steps)}`,
  }
})

export const realStage = realStageWith()

/** A fake opencode with a plan that can be changed at any time. */
export const fakeStage = Effect.fnUntraced(function* (plan: FakePlan = {}, options: { readonly init?: false } = {}) {
  const opencode = fakeOpencode(path.join(yield* temporaryDirectory, "opencode bin"), plan)
  const stage = yield* stageOn(() => ({
    OPENCODE_BIN: opencode.program,
    GIT_AUTHOR_NAME: "Ann",
    GIT_AUTHOR_EMAIL: "ann@example.org",
  }))
  if (options.init !== false) yield* initialise(stage)
  return { ...stage, opencode }
})

const initialise = Effect.fnUntraced(function* (stage: Effect.Success<ReturnType<typeof stageOn>>) {
  const { code, stderr } = yield* stage.run(["init", "--no-probe"])
  if (code !== 0) throw new Error(`init: ${stderr}`)
})

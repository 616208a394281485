import * as fs from "node:fs"
import * as path from "node:path"

/**
 * An `opencode` that does exactly what a test says, for faults and for many runs. `plan` may be changed between starts.
 */
export interface FakePlan {
  readonly version?: string
  readonly import?: FakeAct
  readonly export?: FakeAct
  /** The first `run` uses the first of several, and so on; the last one serves ever after. */
  readonly run?: FakeAct | ReadonlyArray<FakeAct>
  /** Its own screen; the shell text has the terminal. */
  readonly screen?: FakeAct
}

/** What one start does, in this order. */
export interface FakeAct {
  readonly ignoreTerm?: boolean
  /** What it writes, and ends with, when it is asked to end. */
  readonly onTerm?: Pick<FakeAct, "events" | "exitCode">
  /** Leaves a child in a session of its own that sleeps for minutes; its pid goes to `setsid.pid`. */
  readonly setsidChild?: boolean
  /** Shell text, run in the current directory. */
  readonly shell?: string
  /** Written to standard error. */
  readonly stderr?: string
  /** Written to standard output: strings as they are, other values as a line of JSON. */
  readonly events?: ReadonlyArray<unknown>
  readonly delayMs?: number
  /** Uses a processor for as long. */
  readonly burnMs?: number
  readonly hang?: boolean
  /** Dies of this signal. */
  readonly signal?: NodeJS.Signals
  /** 0 when nothing is said. */
  readonly exitCode?: number
  /** `import` only: so many of the last messages are lost, as when it is killed. */
  readonly loses?: number
  /** `import` only: a document with these words in it is refused. */
  readonly refuses?: string
  /** `import` only: the session is bound to this directory. */
  readonly directory?: string
}

/** One start, as the fake saw it. */
export interface FakeStart {
  readonly pid: number
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** `run` only. */
  readonly stdin: string | null
}

export interface FakeOpencode {
  /** For OPENCODE_BIN; its directory can stand on PATH, since the file is called `opencode`. */
  readonly program: string
  readonly plan: (plan: FakePlan) => void
  readonly starts: () => ReadonlyArray<FakeStart>
  /** Of the child that `setsidChild` left; null before it was started. */
  readonly setsidPid: () => number | null
}

/** The events of a turn in which the agent says `text` and ends well. */
export const goodTurn = (text: string, session = "ses_fake"): ReadonlyArray<unknown> => {
  const event = (type: string, part: object) => ({ type, timestamp: Date.now(), sessionID: session, part })
  const tokens = { input: 100, output: 10, reasoning: 0, cache: { read: 0, write: 0 } }
  return [
    event("step_start", { type: "step-start" }),
    event("text", { type: "text", text }),
    event("step_finish", { type: "step-finish", reason: "stop", tokens, cost: 0 }),
  ]
}

/** Makes the fake in `directory`. */
export const fakeOpencode = (directory: string, plan: FakePlan = {}): FakeOpencode => {
  fs.mkdirSync(directory, { recursive: true })
  const at = (name: string) => path.join(directory, name)
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`
  const words = [process.execPath, path.join(import.meta.dirname, "fakeOpencode.program.ts"), directory].map(quote)
  fs.writeFileSync(at("opencode"), `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o755 })
  const write = (next: FakePlan) => fs.writeFileSync(at("plan.json"), JSON.stringify(next))
  write(plan)
  return {
    program: at("opencode"),
    plan: write,
    starts: () =>
      !fs.existsSync(at("starts.jsonl"))
        ? []
        : fs
            .readFileSync(at("starts.jsonl"), "utf8")
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line) as FakeStart),
    setsidPid: () => (fs.existsSync(at("setsid.pid")) ? Number(fs.readFileSync(at("setsid.pid"), "utf8")) : null),
  }
}

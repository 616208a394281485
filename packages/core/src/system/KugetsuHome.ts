import { Context, Effect, Layer } from "effect"
import * as os from "node:os"
import * as path from "node:path"
import { HostEnvironment } from "./HostEnvironment.ts"

/** Every path below the home, spelled here and nowhere else. All are absolute. */
export interface KugetsuPaths {
  readonly root: string
  readonly config: string
  readonly index: string
  readonly repos: string
  readonly servers: string
  /** What servers said of themselves. */
  readonly forges: string
  /** The opencode that kugetsu must not use, where there is one. */
  readonly unfitOpencode: string
  readonly notifications: string
  readonly envDir: string
  readonly envFile: (agent: string) => string
  readonly sessions: string
  readonly sessionFile: (name: string) => string
  readonly worktrees: string
  readonly worktree: (slug: string) => string
  readonly repositories: string
  /** The shared bare clone of `host/owner/repo`, one for all spellings of it. */
  readonly clone: (repositoryKey: string) => string
  readonly agents: string
  /** The private opencode database of an issue (`base` and `pm-agent` have one too), and what goes with it. */
  readonly agent: (slug: string) => AgentPaths
  /** The directory the base session is bound to; nothing is in it. */
  readonly base: string
  readonly pm: string
  /** The program that the PM's commands are given to. */
  readonly pmShell: string
  /** A person's own instructions for the PM. */
  readonly pmInstructions: string
  readonly locks: string
  readonly lock: (name: string) => string
  readonly slotsLock: string
  readonly slot: (n: number) => string
  /** One for all spellings of an issue: forges do not tell `Owner/Repo` from `owner/repo`. */
  readonly issueLock: (slug: string) => string
  readonly runs: string
  /** What agents were given that no env file has, until their output is without it. */
  readonly secrets: string
  readonly run: (id: string) => RunPaths
  /** A file for each run that came to an outcome: a hint for who watches. */
  readonly exits: string
  readonly logs: string
  readonly context: (slug: string) => string
  readonly trash: string
  readonly trashed: (id: string) => TrashPaths
  /** Sessions that were taken out of use for good. */
  readonly quarantine: string
  readonly quarantined: (id: string) => QuarantinePaths
  readonly queue: QueuePaths
}

export interface QueuePaths {
  readonly dir: string
  /** Pending items. */
  readonly items: string
  readonly running: string
  /** Completed items and those that ended in error. */
  readonly done: string
  /** Records that could not be understood. */
  readonly bad: string
  readonly tmp: string
  /** Which queue this is. */
  readonly mark: string
  /** Outside the queue: which one this home has. */
  readonly markCopy: string
  /** Its being there is the pause. */
  readonly paused: string
  readonly lock: string
  /** Whoever wants the lock goes through here first. */
  readonly turnstile: string
  /** What the daemon knows of pull requests. */
  readonly polls: string
  /** What has gone out of the notifications. */
  readonly deliveries: string
  readonly daemonLock: string
  /** For people: the process id alone. */
  readonly daemonPid: string
  readonly daemon: string
  readonly daemonLog: string
  /** What a detached daemon says outside its log: crashes. */
  readonly daemonStderr: string
}

export interface TrashPaths {
  readonly dir: string
  readonly receipt: string
  readonly bundle: string
  readonly reflog: string
  readonly admin: string
  readonly worktree: string
  readonly agent: string
  readonly context: string
  readonly session: string
}

export interface QuarantinePaths {
  readonly dir: string
  readonly record: string
  /** The private storage, as it was. */
  readonly agent: string
  /** What was said in it. */
  readonly conversation: string
}

export interface AgentPaths {
  readonly dir: string
  readonly database: string
  /** The newest whole export of the session. */
  readonly export: string
}

export interface RunPaths {
  readonly dir: string
  readonly lock: string
  readonly request: string
  readonly supervisor: string
  readonly started: string
  readonly agent: string
  readonly stop: string
  readonly exit: string
  /** What came of its pull request after the outcome. */
  readonly pullRequest: string
  readonly prompt: string
  readonly events: string
  readonly stderr: string
  readonly supervisorLog: string
  /** Touched by the supervisor every few seconds. */
  readonly heartbeat: string
  /** Made and removed by who wants to know whether a sign of life could be given at all. */
  readonly heartbeatProbe: string
  /** Made by the daemon when everybody was told of the run's end. */
  readonly seen: string
  /** In `secrets`: what is to be taken out of the run's output, and the same once that was done. */
  readonly secrets: string
  readonly secretsRedacted: string
}

const pathsAt = (root: string): KugetsuPaths => {
  const at = (...parts: ReadonlyArray<string>) => path.join(root, ...parts)
  return {
    root,
    config: at("config"),
    index: at("index.json"),
    repos: at("repos.json"),
    servers: at("servers.json"),
    forges: at("forges.json"),
    unfitOpencode: at("opencode-unfit.json"),
    notifications: at("notifications.json"),
    envDir: at("env"),
    envFile: (agent) => at("env", `${agent}.env`),
    sessions: at("sessions"),
    sessionFile: (name) => at("sessions", name),
    worktrees: at("worktrees"),
    worktree: (slug) => at("worktrees", slug),
    repositories: at("repos"),
    clone: (key) => at("repos", `${key.toLowerCase()}.git`),
    agents: at("agents"),
    agent: (slug) => agentPathsAt(at("agents", slug)),
    base: at("base"),
    pm: at("pm"),
    pmShell: at("pm", "shell"),
    pmInstructions: at("pm-agent.md"),
    locks: at("locks"),
    lock: (name) => at("locks", name),
    slotsLock: at("locks", "slots.lock"),
    slot: (n) => at("locks", "slots", String(n)),
    issueLock: (slug) => at("locks", "issues", slug.toLowerCase()),
    runs: at("runs"),
    secrets: at("secrets"),
    run: (id) => {
      const dir = at("runs", id)
      const inRun = (name: string) => path.join(dir, name)
      return {
        dir,
        lock: inRun("lock"),
        request: inRun("request.json"),
        supervisor: inRun("supervisor.json"),
        started: inRun("started.json"),
        agent: inRun("agent.json"),
        stop: inRun("stop.json"),
        exit: inRun("exit.json"),
        pullRequest: inRun("pull-request.json"),
        prompt: inRun("prompt.txt"),
        events: inRun("events.jsonl"),
        stderr: inRun("stderr.log"),
        supervisorLog: inRun("supervisor.log"),
        heartbeat: inRun("heartbeat"),
        heartbeatProbe: inRun("heartbeat.probe"),
        seen: inRun("seen"),
        secrets: at("secrets", `${id}.json`),
        secretsRedacted: at("secrets", `${id}.redacted.json`),
      }
    },
    exits: at("queue", "exits"),
    logs: at("logs"),
    context: (slug) => at("context", `${slug}.json`),
    trash: at("trash"),
    trashed: (id) => {
      const dir = at("trash", id)
      const inTrash = (name: string) => path.join(dir, name)
      return {
        dir,
        receipt: inTrash("receipt.json"),
        bundle: inTrash("rescue.bundle"),
        reflog: inTrash("branch.log"),
        admin: inTrash("admin"),
        worktree: inTrash("worktree"),
        agent: inTrash("agent"),
        context: inTrash("context.json"),
        session: inTrash("session.json"),
      }
    },
    quarantine: at("quarantine"),
    quarantined: (id) => {
      const dir = at("quarantine", id)
      return {
        dir,
        record: path.join(dir, "record.json"),
        agent: path.join(dir, "agent"),
        conversation: path.join(dir, "conversation.json"),
      }
    },
    queue: {
      dir: at("queue"),
      items: at("queue", "items"),
      running: at("queue", "running"),
      done: at("queue", "done"),
      bad: at("queue", "bad"),
      tmp: at("queue", "tmp"),
      mark: at("queue", "id"),
      markCopy: at("queue.id"),
      paused: at("queue", "paused"),
      lock: at("locks", "queue.lock"),
      turnstile: at("locks", "queue.turnstile"),
      polls: at("queue", "polls.json"),
      deliveries: at("queue", "deliveries.json"),
      daemonLock: at("queue", "daemon.lock"),
      daemonPid: at("queue", "daemon.pid"),
      daemon: at("queue", "daemon.json"),
      daemonLog: at("queue", "daemon.log"),
      daemonStderr: at("queue", "daemon.stderr.log"),
    },
  }
}

export const agentPathsAt = (dir: string): AgentPaths => ({
  dir,
  database: path.join(dir, "opencode.db"),
  export: path.join(dir, "export.json"),
})

/** The person's home directory: what `~` means. */
export const userHome = (env: Readonly<Record<string, string | undefined>>): string => env.HOME || os.homedir()

/** Where everything is. Nothing is made or read by naming it. */
export class KugetsuHome extends Context.Service<KugetsuHome, KugetsuPaths>()("@kugetsu/core/system/KugetsuHome") {
  /** A fixed home; a relative path is taken from the current directory. */
  static readonly at = (root: string) => Layer.succeed(KugetsuHome, pathsAt(path.resolve(root)))

  /** `KUGETSU_DIR`, else `~/.kugetsu`. */
  static readonly layer = Layer.effect(
    KugetsuHome,
    Effect.map(HostEnvironment, (env) =>
      pathsAt(path.resolve(env.KUGETSU_DIR || path.join(userHome(env), ".kugetsu"))),
    ),
  )
}

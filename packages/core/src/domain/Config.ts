import { Schema } from "effect"
import {
  absolutePath,
  branchName,
  commandLine,
  type ConfigReader,
  duration,
  matching,
  type NamedServer,
  oneOf,
  optional,
  servers,
  trueOrFalse,
  wholeNumber,
} from "./ConfigValue.ts"
import { ExitCode } from "./Failure.ts"
import { Verbosity } from "./Verbosity.ts"

/** A line of `config` (or an environment variable of that name) that cannot be taken as it stands. */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  /** The file and line, or the environment variable. */
  where: Schema.String,
  key: Schema.String,
  reason: Schema.String,
  allowed: Schema.String,
}) {
  readonly code = ExitCode.config
  override get message() {
    return `${this.where}: ${this.key}: ${this.reason}`
  }
  get remedy() {
    return this.allowed
  }
}

/** What the keys of `config` come to. Durations in milliseconds; null: unset. */
export interface ConfigValues {
  readonly maxConcurrentAgents: number
  readonly tempDir: string
  readonly verbosity: Verbosity
  readonly queueIntervalMs: number
  readonly queueCleanupAgeMs: number
  readonly taskTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly startupTimeoutMs: number
  /** As systemd writes them. */
  readonly agentMemoryMax: string | null
  readonly agentCpuQuota: string | null
  readonly agentTasksMax: string | null
  readonly worktreeGraceMs: number
  readonly trashAgeMs: number
  readonly trustedAuthorsOnly: boolean
  readonly gitAuthorName: string | null
  readonly gitAuthorEmail: string | null
  readonly model: string | null
  readonly pmModel: string | null
  readonly notifyCommand: string | null
  readonly notifyWebhookUrl: string | null
  readonly checkPullRequestState: boolean
  readonly dumpContext: boolean
  readonly openPullRequest: boolean
  /** null: the remote's default branch. */
  readonly baseBranch: string | null
  /** null: `opencode` on PATH. */
  readonly opencodeBin: string | null
  /** A server's name, host or URL; null: the default of servers.json, else github.com. */
  readonly defaultGitServer: string | null
  readonly gitServers: ReadonlyArray<NamedServer>
}

export interface ConfigKey<A> extends ConfigReader<A> {
  readonly key: string
  /** As it would stand in the file, with `~` for the home; empty: unset. */
  readonly fallback: string
  /** The value may hold a secret and is never shown. */
  readonly secret?: true
}

const key = <A>(name: string, fallback: string, reader: ConfigReader<A>): ConfigKey<A> => ({
  key: name,
  fallback,
  ...reader,
})

const model = optional(matching(/^[^\s/]+\/\S+$/, "Allowed: provider/model, such as anthropic/claude-sonnet-4-5."))

/** Every key of `config`, in the order of the documentation. Timers overflow beyond 24 days: no clock may be longer. */
export const configKeys: { readonly [Field in keyof ConfigValues]: ConfigKey<ConfigValues[Field]> } = {
  maxConcurrentAgents: key("MAX_CONCURRENT_AGENTS", "3", wholeNumber(1, 1000)),
  tempDir: key("KUGETSU_TEMP_DIR", "~/.local/share/opencode/tool-output", absolutePath),
  verbosity: key("KUGETSU_VERBOSITY", "default", oneOf(...Verbosity.literals)),
  queueIntervalMs: key("QUEUE_DAEMON_INTERVAL_MINUTES", "5", duration("minutes", { to: 1440 })),
  queueCleanupAgeMs: key("QUEUE_CLEANUP_AGE_DAYS", "7", duration("days", { from: 0, to: 3650 })),
  taskTimeoutMs: key("TASK_TIMEOUT_HOURS", "1", duration("hours", { to: 500 })),
  idleTimeoutMs: key("TASK_IDLE_TIMEOUT_MINUTES", "15", duration("minutes", { to: 30_000 })),
  startupTimeoutMs: key("TASK_STARTUP_TIMEOUT_MINUTES", "5", duration("minutes", { to: 30_000 })),
  agentMemoryMax: key(
    "AGENT_MEMORY_MAX",
    "",
    optional(matching(/^(\d{1,15}[KMGT]?|\d{1,3}%|infinity)$/, "Allowed: bytes with K, M, G or T, or a percentage.")),
  ),
  agentCpuQuota: key(
    "AGENT_CPU_QUOTA",
    "",
    optional(matching(/^[1-9]\d{0,5}%$/, "Allowed: a percentage of one processor, such as 150%.")),
  ),
  agentTasksMax: key(
    "AGENT_TASKS_MAX",
    "",
    optional(matching(/^([1-9]\d{0,8}|\d{1,3}%|infinity)$/, "Allowed: a number of processes, or a percentage.")),
  ),
  worktreeGraceMs: key("WORKTREE_GRACE_HOURS", "24", duration("hours", { from: 0, to: 87_600 })),
  trashAgeMs: key("TRASH_DAYS", "14", duration("days", { from: 0, to: 3650 })),
  trustedAuthorsOnly: key("TRUSTED_AUTHORS_ONLY", "false", trueOrFalse),
  gitAuthorName: key(
    "GIT_AUTHOR_NAME",
    "",
    optional(matching(/^[^<>]*[^<>\s][^<>]*$/, "Allowed: a name without < and >.")),
  ),
  gitAuthorEmail: key("GIT_AUTHOR_EMAIL", "", optional(matching(/^[^<>\s]+$/, "Allowed: an address without < and >."))),
  model: key("KUGETSU_MODEL", "", model),
  pmModel: key("KUGETSU_PM_MODEL", "", model),
  notifyCommand: { ...key("NOTIFY_COMMAND", "", optional(commandLine)), secret: true },
  notifyWebhookUrl: {
    ...key(
      "NOTIFY_WEBHOOK_URL",
      "",
      optional(matching(/^https?:\/\/[^\s/]\S*$/i, "Allowed: an https:// or http:// URL.")),
    ),
    secret: true,
  },
  checkPullRequestState: key("WORKTREE_CHECK_PR_STATUS", "true", trueOrFalse),
  dumpContext: key("ENABLE_CONTEXT_DUMP", "true", trueOrFalse),
  openPullRequest: key("OPEN_PULL_REQUEST", "true", trueOrFalse),
  baseBranch: key("KUGETSU_BASE_BRANCH", "", optional(branchName)),
  opencodeBin: key(
    "OPENCODE_BIN",
    "",
    optional(matching(/^(\/.*|[\w.][\w.+-]*)$/, "Allowed: an absolute path, or a name that is found on PATH.")),
  ),
  defaultGitServer: key(
    "DEFAULT_GIT_SERVER",
    "",
    optional(matching(/^[A-Za-z0-9][\w.:/-]*$/, "Allowed: a server's name, host or URL.")),
  ),
  gitServers: { ...key("GIT_SERVERS", "", servers), secret: true },
}

/** Keys of the first kugetsu that mean nothing any more, and why. */
export const retiredKeys: Readonly<Record<string, string>> = {
  QUEUE_DAEMON_BATCH_SIZE: "as many items start as there are free slots",
  AGENT_CHECK_INTERVAL_MINUTES: "runs are watched all the time",
  CONTEXT_DIR: "contexts are kept below KUGETSU_DIR",
  QUEUE_DIR: "the queue is kept below KUGETSU_DIR",
  QUEUE_ITEMS_DIR: "the queue is kept below KUGETSU_DIR",
  QUEUE_DAEMON_PID_FILE: "the queue is kept below KUGETSU_DIR",
  QUEUE_DAEMON_LOCK_FILE: "the queue is kept below KUGETSU_DIR",
  QUEUE_DAEMON_LOG_FILE: "the queue is kept below KUGETSU_DIR",
}

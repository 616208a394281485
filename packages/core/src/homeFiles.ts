import { Effect } from "effect"
import { configKeys, type ConfigValues } from "./domain/Config.ts"
import { createFile, ensureDirectory } from "./system/Files.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

/** What each key of `config` that has an effect is for, as the file tells it. */
const purposes: Partial<Readonly<Record<keyof ConfigValues, string>>> = {
  maxConcurrentAgents: "How many agents may run at once; the PM is not counted.",
  tempDir: "A directory outside their worktree that agents may read and write.",
  verbosity: "How much the PM says, how much of what agents say stands in notifications, and which of these go out.",
  queueIntervalMs:
    "How often the daemon looks at everything anew, should it ever have missed something; tasks start at once without it.",
  queueCleanupAgeMs: "How long ended tasks stay in the queue's list.",
  taskTimeoutMs: "How long one run may take.",
  idleTimeoutMs: "How long a run may go without output and without using the processor.",
  startupTimeoutMs: "How long a run may take until the agent's first sign of life.",
  trashAgeMs: "How long trash is kept that held no unsaved work; other trash stays until a person removes it.",
  checkPullRequestState:
    "Whether a worktree is kept until its pull request is merged or closed, also when all of it is pushed. With false the daemon puts none away by itself.",
  worktreeGraceMs: "How long a worktree stays after its pull request was merged or closed; 0: not at all.",
  trustedAuthorsOnly:
    "Whether agents are told only what people with write access wrote in issues and pull requests, and nothing of strangers.",
  openPullRequest: "Whether a pull request is opened for what an agent pushed and opened none for.",
  notifyCommand:
    "A program that is given each notification as JSON on its standard input; the daemon runs it, without a shell.",
  notifyWebhookUrl: "An address that the daemon sends each notification to, as JSON.",
  dumpContext: "Whether what was said, and what each run came to, is kept beside the sessions when a run has ended.",
  agentMemoryMax: "Under systemd: how much memory one agent may take.",
  agentCpuQuota: "Under systemd: how much processor time one agent may take.",
  agentTasksMax: "Under systemd: how many processes one agent may have.",
  gitAuthorName: "In whose name agents commit, where git itself does not know.",
  gitAuthorEmail: "With which address agents commit, where git itself does not know.",
  model: "The model of the agents on issues; unset: what opencode's own configuration says.",
  pmModel: "The model of the PM agent; unset: that of the others.",
  baseBranch: "The branch that work begins from; unset: the remote's default branch.",
  opencodeBin: "The opencode program; unset: the one on PATH.",
  defaultGitServer: "Where owner/repo#14 is, when no host is named.",
  gitServers: "More git servers; servers.json can tell more of them: their type, a certificate, cloning over ssh.",
}

const configTemplate = [
  "# The settings of kugetsu: KEY=value lines. The file is read, never run. What is commented out shows the default.",
  "# A variable of the same name in the environment goes before what stands here.",
  ...Object.entries(configKeys).flatMap(([field, { key, fallback, allowed }]) => {
    const purpose = purposes[field as keyof ConfigValues]
    return purpose === undefined ? [] : [`\n# ${purpose}\n# ${allowed}\n#${key}=${fallback}`]
  }),
  "",
].join("\n")

const envTemplate = (who: string) =>
  [
    `# Variables for ${who}: KEY=value lines. The file is read, never run.`,
    "# `kugetsu env set KEY -` reads a value from standard input, so that it stays out of the shell's history.",
    "",
  ].join("\n")

/** Others are known by their names, too; this one shows how an entry looks. */
const defaultServers = {
  version: 1,
  default: "github.com",
  servers: [{ name: "github", url: "https://github.com", type: "github", clone: "https", ca: null }],
}

/** The directories of a home, and every file a person may edit, with its defaults; what is there stays as it is. */
export const createHomeFiles = Effect.gen(function* () {
  const home = yield* KugetsuHome
  for (const dir of [
    home.root,
    home.envDir,
    home.sessions,
    home.worktrees,
    home.runs,
    home.locks,
    home.base,
    home.pm,
  ]) {
    yield* ensureDirectory(dir)
  }
  yield* createFile(home.config, configTemplate)
  yield* createFile(home.envFile("default"), envTemplate("every agent"))
  yield* createFile(home.envFile("dev"), envTemplate("the agents on issues, before those of default.env"))
  yield* createFile(home.envFile("pm-agent"), envTemplate("the PM agent; its forge tokens serve where no other is set"))
  yield* createFile(home.repos, "{}\n")
  yield* createFile(home.servers, JSON.stringify(defaultServers, null, 2) + "\n")
}).pipe(Effect.withSpan("createHomeFiles"))

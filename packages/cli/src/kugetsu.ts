import { Command, type GlobalFlag } from "effect/cli"
import { Json } from "./flags.ts"

type Environment = Command.Environment | GlobalFlag.Setting.Identifier<"json">

interface Word {
  readonly name: string
  readonly about: string
  readonly load: () => Promise<Command.Command<any, never, object, unknown, Environment>>
}

const SessionsLayer = () => import("./layers/SessionsLayer.ts").then((module) => module.SessionsLayer)
const VariablesLayer = () => import("./layers/VariablesLayer.ts").then((module) => module.VariablesLayer)
const RecordsLayer = () => import("./layers/RecordsLayer.ts").then((module) => module.RecordsLayer)
const QueueLayer = () => import("./layers/QueueLayer.ts").then((module) => module.QueueLayer)
const TaskLayer = () => import("./layers/TaskLayer.ts").then((module) => module.TaskLayer)
const ForgeLayer = () => import("./layers/ForgeLayer.ts").then((module) => module.ForgeLayer)
const WorkLayer = () => import("./layers/WorkLayer.ts").then((module) => module.WorkLayer)

/** Every word a person can type first, where the rest of it is, and the services it needs and no more. */
const groups: ReadonlyArray<{ readonly group: string; readonly words: readonly [Word, ...ReadonlyArray<Word>] }> = [
  {
    group: "Work",
    words: [
      {
        name: "init",
        about: "Make kugetsu ready, once",
        load: async () => {
          const { init } = await import("./commands/init.ts")
          return Command.provide(init, await WorkLayer())
        },
      },
      {
        name: "start",
        about: "Start an agent on an issue",
        load: async () => {
          const { start } = await import("./commands/start.ts")
          return Command.provide(start, await WorkLayer())
        },
      },
      {
        name: "continue",
        about: "Go on with an issue in its session and worktree",
        load: async () => {
          const { continueIssue } = await import("./commands/continue.ts")
          return Command.provide(continueIssue, await WorkLayer())
        },
      },
      {
        name: "open",
        about: "Open opencode's own screen on an issue's session",
        load: async () => {
          const { open } = await import("./commands/open.ts")
          return Command.provide(open, await WorkLayer())
        },
      },
      {
        name: "stop",
        about: "End the running agent of an issue",
        load: async () => {
          const { stop } = await import("./commands/stop.ts")
          return Command.provide(stop, await RecordsLayer())
        },
      },
    ],
  },
  {
    group: "Put away",
    words: [
      {
        name: "destroy",
        about: "Take an issue to the trash, if nothing is lost by it",
        load: async () => {
          const { destroy } = await import("./commands/destroy.ts")
          return Command.provide(destroy, await WorkLayer())
        },
      },
      {
        name: "prune",
        about: "Show and put away what belongs to no session",
        load: async () => {
          const { prune } = await import("./commands/prune.ts")
          return Command.provide(prune, await WorkLayer())
        },
      },
      {
        name: "restore",
        about: "Bring back what destroy or prune took",
        load: async () => {
          const { restore } = await import("./commands/restore.ts")
          return Command.provide(restore, await WorkLayer())
        },
      },
    ],
  },
  {
    group: "Forge",
    words: [
      {
        name: "issue",
        about: "Show an issue with its comments",
        load: async () => {
          const { readIssue } = await import("./commands/issue.ts")
          return Command.provide(readIssue, await ForgeLayer())
        },
      },
      {
        name: "comment",
        about: "Write a comment into an issue",
        load: async () => {
          const { comment } = await import("./commands/comment.ts")
          return Command.provide(comment, await ForgeLayer())
        },
      },
      {
        name: "set-pr",
        about: "Note which pull request is the issue's",
        load: async () => {
          const { setPr } = await import("./commands/setPr.ts")
          return Command.provide(setPr, await ForgeLayer())
        },
      },
    ],
  },
  {
    group: "Queue",
    words: [
      {
        name: "delegate",
        about: "Leave a task and return at once",
        load: async () => {
          const { delegate } = await import("./commands/delegate.ts")
          return Command.provide(delegate, await TaskLayer())
        },
      },
      {
        name: "queue",
        about: "Show and change what waits, runs and has ended",
        load: async () => {
          const { queue } = await import("./commands/queue.ts")
          return Command.provide(queue, await TaskLayer())
        },
      },
      {
        name: "queue-daemon",
        about: "Run the daemon that works off the queue",
        load: async () => {
          const { queueDaemon } = await import("./commands/queueDaemon.ts")
          return Command.provide(queueDaemon, await WorkLayer())
        },
      },
    ],
  },
  {
    group: "Look",
    words: [
      {
        name: "list",
        about: "Show every tracked session",
        load: async () => {
          const { list } = await import("./commands/list.ts")
          return Command.provide(list, await SessionsLayer())
        },
      },
      {
        name: "logs",
        about: "Show recent runs, or what one run did",
        load: async () => {
          const { logs } = await import("./commands/logs.ts")
          return Command.provide(logs, await RecordsLayer())
        },
      },
      {
        name: "context",
        about: "Show what is kept of an issue beside its session",
        load: async () => {
          const { context } = await import("./commands/context.ts")
          return Command.provide(context, await RecordsLayer())
        },
      },
      {
        name: "status",
        about: "Say whether kugetsu is ready",
        load: async () => {
          const { status } = await import("./commands/status.ts")
          return Command.provide(status, await TaskLayer())
        },
      },
      {
        name: "top",
        about: "Watch agents, queue and notifications as they change",
        load: async () => {
          const { top } = await import("./commands/top.ts")
          return Command.provide(top, await TaskLayer())
        },
      },
      {
        name: "explain",
        about: "Say why a task is not running",
        load: async () => {
          const { explain } = await import("./commands/explain.ts")
          return Command.provide(explain, await TaskLayer())
        },
      },
      {
        name: "notify",
        about: "Show what happened while nobody looked",
        load: async () => {
          const { notify } = await import("./commands/notify.ts")
          return Command.provide(notify, await QueueLayer())
        },
      },
    ],
  },
  {
    group: "Set up",
    words: [
      {
        name: "doctor",
        about: "Look at everything, and repair what can be repaired",
        load: async () => {
          const { doctor } = await import("./commands/doctor.ts")
          return Command.provide(doctor, await WorkLayer())
        },
      },
      {
        name: "config",
        about: "Show the settings in force, and what is wrong with them",
        load: async () => {
          const { config } = await import("./commands/config.ts")
          return Command.provide(config, await RecordsLayer())
        },
      },
      {
        name: "server",
        about: "Add and show git servers",
        load: async () => {
          const { server } = await import("./commands/server.ts")
          return Command.provide(server, await RecordsLayer())
        },
      },
      {
        name: "env",
        about: "Set and show the variables that agents get",
        load: async () => {
          const { env } = await import("./commands/env.ts")
          return Command.provide(env, await VariablesLayer())
        },
      },
    ],
  },
]

/** The command tree for these words. Only the command that is meant is loaded: loading is most of what a short one costs. */
export const commandTree = async (words: ReadonlyArray<string>) => {
  const all = words.some((word) => word.startsWith("--completions"))
  const meant = words.find((word) => !word.startsWith("-"))
  const commandOf = async ({ name, about, load }: Word) =>
    (all || name === meant ? await load() : Command.make(name)).pipe(Command.withShortDescription(about))
  const loaded = await Promise.all(
    groups.map(async ({ group, words: [first, ...rest] }) => ({
      group,
      commands: [await commandOf(first), ...(await Promise.all(rest.map(commandOf)))] as const,
    })),
  )
  return Command.make("kugetsu").pipe(
    Command.withDescription(
      "Grasping the moon: coding agents on the issues of your repositories, each in a worktree of its own.",
    ),
    Command.withExamples([
      { command: "kugetsu init", description: "Once, to begin with" },
      { command: 'kugetsu start github.com/you/repo#14 "fix the crash on an empty file"' },
      { command: 'kugetsu delegate "fix the crash in you/repo#14"', description: "The same through the queue" },
    ]),
    Command.withSubcommands(loaded),
    Command.withGlobalFlags([Json]),
  )
}

import { type BrokenRecord, issue, item, retryable } from "./homes.ts"

/** What one command does in each of the homes. */
export interface Row {
  /** The words after the command's name, between blanks. */
  readonly words?: string
  /** Exit code where there is no home, or nothing in it. */
  readonly empty: number
  /** In a home of the first kugetsu. */
  readonly first: number
  /** In a home that has every kind of record. */
  readonly whole: number
  /** In that home when nothing can be written into it; left out: as in `whole`. Whoever reads the queue locks it. */
  readonly readOnly?: number
  /** The records that it cannot do without, and the exit code when that one is broken. All others may be broken at once. */
  readonly needs?: Partial<Record<BrokenRecord, number>>
  /** Files and directories that it may change; left out: it only reads. */
  readonly changes?: ReadonlyArray<string>
  /** Exit code when its answer cannot be written; left out: 74. What failed before it had one keeps its own. */
  readonly full?: number
  /** Exit code with 100,000 characters as its last word, or as one too many; left out: 64. */
  readonly long?: number
  /** It has no answer, not even with --json. */
  readonly silent?: true
  /** It ends when it is told to, once it has said this on standard error. */
  readonly until?: string
  /** The command that ends what it leaves running. */
  readonly ends?: string
}

/** Where an issue is looked up: its default server, and what the config says of it. */
const refs = { config: 78, servers: 78 } as const
const runs = { runRequest: 78, runExit: 78 } as const
const daemon = { changes: ["queue/", "logs/", "runs/", "notifications.json"], ends: "queue-daemon stop" } as const
const notNamed = ["notifications.json", "queue/"]

/**
 * Every command there is, by its name. A new one gets a row here, or the test beside this names it: the words to call it
 * with in a home that has all (homes.ts), and what it then ends with.
 */
export const rows: Readonly<Record<string, Row>> = {
  init: { words: "--no-probe", empty: 69, first: 1, whole: 1, needs: { config: 78 }, changes: [], full: 1 },
  start: {
    words: `${issue} go`,
    empty: 69,
    first: 69,
    whole: 69,
    readOnly: 74,
    needs: { ...refs, ...runs, session: 78, repos: 78 },
    changes: ["sessions/", "context/", "runs/", "queue/", "notifications.json"],
    long: 69,
  },
  continue: {
    words: issue,
    empty: 69,
    first: 69,
    whole: 69,
    readOnly: 74,
    needs: { ...refs, ...runs, session: 78, repos: 78 },
    changes: ["sessions/", "context/", "runs/", "queue/", "notifications.json"],
  },
  stop: { words: issue, empty: 1, first: 1, whole: 1, needs: { ...refs, ...runs }, changes: [], full: 1 },
  destroy: {
    words: `-y ${issue}`,
    empty: 1,
    first: 0,
    whole: 0,
    readOnly: 74,
    needs: { ...refs, ...runs, session: 78, repos: 78 },
    changes: ["sessions/", "context/", "trash/"],
  },
  prune: { empty: 0, first: 0, whole: 0, needs: { session: 78 } },
  restore: { empty: 0, first: 0, whole: 0, needs: { receipt: 78 } },
  issue: { words: issue, empty: 69, first: 69, whole: 69, needs: refs, full: 69 },
  comment: { words: `${issue} hello`, empty: 69, first: 69, whole: 69, needs: refs, full: 69, long: 69 },
  "set-pr": {
    words: `${issue} https://github.com/shoko/kugetsu/pull/31`,
    empty: 1,
    first: 64,
    whole: 0,
    readOnly: 74,
    needs: { ...refs, session: 78, repos: 78 },
    changes: ["sessions/"],
  },
  delegate: {
    words: `--issue ${issue} go`,
    empty: 69,
    first: 0,
    whole: 0,
    readOnly: 74,
    needs: refs,
    changes: notNamed,
    full: 0,
    long: 0,
  },
  "queue list": { empty: 0, first: 0, whole: 0, readOnly: 74 },
  "queue stats": { empty: 0, first: 0, whole: 0, readOnly: 74 },
  "queue enqueue": {
    words: `${issue} go`,
    empty: 69,
    first: 0,
    whole: 0,
    readOnly: 74,
    needs: refs,
    changes: notNamed,
    full: 0,
    long: 0,
  },
  "queue cancel": {
    words: item,
    empty: 1,
    first: 1,
    whole: 0,
    readOnly: 74,
    needs: { queueItem: 1 },
    changes: notNamed,
  },
  "queue retry": { words: retryable, empty: 1, first: 1, whole: 0, readOnly: 74, changes: notNamed },
  "queue pause": { empty: 0, first: 0, whole: 0, readOnly: 74, changes: ["queue/paused"] },
  "queue resume": { empty: 0, first: 0, whole: 0, readOnly: 74, changes: ["queue/paused"] },
  "queue clear": { empty: 0, first: 0, whole: 0, readOnly: 74, needs: { config: 78 }, changes: ["queue/done/"] },
  "queue-daemon start": { empty: 0, first: 0, whole: 0, readOnly: 74, needs: { config: 78 }, ...daemon },
  "queue-daemon stop": { empty: 0, first: 0, whole: 0 },
  "queue-daemon restart": { empty: 0, first: 0, whole: 0, readOnly: 74, needs: { config: 78 }, ...daemon },
  "queue-daemon status": { empty: 69, first: 69, whole: 69 },
  "queue-daemon logs": { words: "5", empty: 0, first: 0, whole: 0 },
  "queue-daemon run": {
    empty: 0,
    first: 0,
    whole: 0,
    readOnly: 74,
    needs: { config: 78 },
    changes: daemon.changes,
    full: 0,
    silent: true,
    until: "serves the queue",
  },
  list: { empty: 0, first: 0, whole: 0, needs: { session: 78 } },
  logs: { empty: 0, first: 0, whole: 0, needs: runs },
  context: { words: issue, empty: 1, first: 0, whole: 0, needs: { ...refs, session: 78, context: 78 } },
  status: { empty: 69, first: 0, whole: 0, readOnly: 74, needs: { config: 78 } },
  explain: { words: issue, empty: 1, first: 0, whole: 0, readOnly: 74, needs: refs },
  "notify list": { empty: 0, first: 0, whole: 0, needs: { notifications: 78 } },
  "notify clear": {
    empty: 0,
    first: 0,
    whole: 0,
    readOnly: 74,
    needs: { notifications: 78 },
    changes: ["notifications.json"],
  },
  doctor: { empty: 1, first: 1, whole: 1 },
  "config show": { empty: 0, first: 0, whole: 0, needs: { config: 78 } },
  "config check": { empty: 0, first: 0, whole: 0, needs: { config: 78 } },
  "server list": { empty: 0, first: 0, whole: 0, needs: refs },
  "server add": {
    words: "--type gitea work https://git.example.org",
    empty: 0,
    first: 0,
    whole: 0,
    readOnly: 74,
    needs: { servers: 78 },
    changes: ["servers.json"],
  },
  "server remove": {
    words: "lab",
    empty: 1,
    first: 1,
    whole: 0,
    readOnly: 74,
    needs: refs,
    changes: ["servers.json"],
    long: 1,
  },
  "server default": { empty: 0, first: 0, whole: 0, needs: refs, long: 1 },
  "server get": { words: "gitlab", empty: 0, first: 0, whole: 0, needs: { ...refs, env: 78 }, long: 1 },
  "env set": {
    words: "A 1",
    empty: 0,
    first: 0,
    whole: 0,
    readOnly: 74,
    needs: { env: 78 },
    changes: ["env/"],
    long: 0,
  },
  "env get": { words: "GREETING", empty: 1, first: 1, whole: 0, needs: { env: 78 }, long: 1 },
  "env show": { empty: 0, first: 0, whole: 0, needs: { env: 78 } },
  "env list": { empty: 0, first: 0, whole: 0, needs: { env: 78 } },
  "env rm": {
    words: "GREETING",
    empty: 1,
    first: 1,
    whole: 0,
    readOnly: 74,
    needs: { env: 78 },
    changes: ["env/"],
    long: 1,
  },
}

import * as fs from "node:fs"
import * as path from "node:path"

const samples = path.join(import.meta.dirname, "..", "..", "disk")
const run = "r_20261120T063012_k3f9qa"
/** An item that waits, and one that ended in error. */
export const item = "q_1795156212000_k3f9qa"
export const retryable = "q_1795156212003_k3f9qd"
const trashed = "t_20261120T063012345_k3f9qa"
export const issue = "github.com/shoko/kugetsu#14"

const lay = (home: string, files: Readonly<Record<string, string | object>>): void => {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(home, name)
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 })
  }
}

/** A home in which every kind of record is, each whole, as this version writes them. */
const whole = (home: string): void => {
  for (const part of ["", "-queue", "-context", "-forges", "-notifications", "-pull-requests", "-trash"]) {
    fs.cpSync(path.join(samples, `version-1${part}`), home, { recursive: true })
  }
  // what is not understood has a home of its own, below
  fs.rmSync(path.join(home, "queue", "bad"), { recursive: true })
  lay(home, {
    config: "TASK_TIMEOUT_HOURS=2\n",
    "env/default.env": "GREETING=hello\n",
    "repos.json": { "github.com/shoko/kugetsu": "/nowhere/kugetsu.git" },
    "servers.json": {
      version: 1,
      default: "github",
      servers: [{ name: "lab", url: "https://git.example.org/lab", type: null, clone: "https", ca: null }],
    },
    "queue.id": "k3f9qa\n",
    "queue/id": "k3f9qa\n",
    "queue/daemon.json": {
      version: 1,
      daemon: { pid: 4711, start: "8812345", boot: "7f0c4a52-6f0e-4a43-9d0b-0d6f4c0d3c11" },
      kugetsu: "0.1.0",
      since: "2026-11-20T06:30:12.600+00:00",
    },
    "queue/daemon.log": "2026-11-20T06:30:12.600Z served\n",
    "queue/deliveries.json": { version: 1, command: { done: [], failing: {} }, webhook: { done: [], failing: {} } },
  })
}

/** Stops in the middle of a record. */
const half = '{"version": 1, "half'

/** The record of each kind that is broken, and what is in it then. */
const broken = {
  session: ["sessions/github.com-shoko-kugetsu-14.json", half],
  index: ["index.json", half],
  queueItem: [`queue/items/${item}.json`, half],
  runRequest: [`runs/${run}/request.json`, half],
  runExit: [`runs/${run}/exit.json`, half],
  notifications: ["notifications.json", half],
  config: ["config", "MAX_CONCURRENT_AGENTS=lots\n"],
  env: ["env/default.env", "GREETING=$(hello)\n"],
  servers: ["servers.json", half],
  repos: ["repos.json", half],
  context: ["context/github.com-shoko-kugetsu-14.json", half],
  receipt: [`trash/${trashed}/receipt.json`, half],
  daemon: ["queue/daemon.json", half],
  polls: ["queue/polls.json", half],
  deliveries: ["queue/deliveries.json", half],
  forges: ["forges.json", half],
} as const satisfies Record<string, readonly [file: string, content: string]>

export type BrokenRecord = keyof typeof broken
export const kindsOfRecord = Object.keys(broken) as ReadonlyArray<BrokenRecord>

/** The homes there are, each laid out where nothing is yet. */
export const homes = {
  none: () => undefined,
  empty: (home: string) => fs.mkdirSync(home, { mode: 0o700 }),
  first: (home: string) => {
    fs.cpSync(path.join(samples, "first-kugetsu-home"), home, { recursive: true })
    // a daemon that comes up begins nothing
    lay(home, { "queue/paused": "" })
  },
  whole,
} as const

/** The whole home with broken records. */
export const wholeBut = (kinds: ReadonlyArray<BrokenRecord>) => (home: string) => {
  whole(home)
  lay(home, Object.fromEntries(kinds.map((kind) => broken[kind])))
}

/** The files of a home by their names; locks have nothing in them. */
export const filesOf = (home: string): ReadonlyMap<string, string> =>
  new Map(
    (fs.existsSync(home) ? fs.readdirSync(home, { recursive: true, withFileTypes: true }) : [])
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !file.startsWith(path.join(home, "locks")))
      .map((file) => [path.relative(home, file), fs.readFileSync(file, "latin1")]),
  )

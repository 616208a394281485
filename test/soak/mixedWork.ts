import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { TrackedSession } from "@kugetsu/core/domain/Session"
import { readStored } from "@kugetsu/core/opencode/SessionStorage"
import type { RunRecord } from "@kugetsu/core/Runs"
import type { KugetsuPaths } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as fs from "node:fs"
import type { SoakIssue } from "./issues.ts"

export interface Ended {
  readonly home: KugetsuPaths
  readonly issues: ReadonlyArray<SoakIssue>
  /** Every task that was left, and for which issue. */
  readonly tasks: ReadonlyMap<string, SoakIssue>
  readonly items: ReadonlyArray<QueueItem>
  readonly runs: ReadonlyArray<RunRecord>
  readonly sessions: ReadonlyArray<TrackedSession>
  /** Lines of a branch's file, and subjects of its commits, oldest first, as the remote has them. */
  readonly pushed: (issue: SoakIssue, branch: string) => { readonly lines: Lines; readonly subjects: Lines }
}
type Lines = ReadonlyArray<string>

/** What went wrong with tasks, directories and sessions: sentences, none when all is well. */
export const faultsOf = (ended: Ended): Lines => [
  ...taskFaults(ended),
  ...ended.issues.flatMap((issue) => issueFaults(issue, ended)),
]

/** Every task came to one good end by one run, which was given its words and no others. */
const taskFaults = ({ home, items, runs, tasks }: Ended): Lines => [
  ...[...tasks].flatMap(([id, issue]) => {
    const found = items.filter((item) => item.id === id)
    const own = runs.filter(({ request }) => request.item === id)
    const [item] = found
    if (item === undefined || found.length > 1) return [`${id} is there ${found.length} times`]
    if (item.state !== "completed") return [`${id} did not end well: ${item.state}, ${item.error}`]
    if (own.length !== 1) return [`${id} had ${own.length} runs: ${own.map(({ exit }) => exit?.outcome).join(", ")}`]
    const markers = markersIn(fs.readFileSync(home.run(own[0]!.request.run).prompt, "utf8"))
    return markers.length === 1 && markers[0] === issue.marker ? [] : [`${id} was given ${markers.join(", ")}`]
  }),
  ...items.filter(({ id }) => !tasks.has(id)).map(({ id }) => `${id} came from nowhere`),
]

/** All of an issue's work is where it belongs, once, and nothing else is there. */
const issueFaults = (issue: SoakIssue, { home, pushed, runs, sessions }: Ended): Lines => {
  const record = sessions.find(({ session }) => session.issue_ref === issue.ref)
  const own = runs.filter(({ request }) => request.issue_ref === issue.ref).map(({ request }) => request.run)
  if (record === undefined) return own.length === 0 ? [] : [`${issue.ref} has no record`]
  const { name, session } = record
  const stored = Effect.runSync(readStored(home.agent(name).database))
  const bound = stored._tag === "Sessions" ? stored.sessions : []
  const tree = fs.realpathSync(session.worktree_path ?? "/")
  const { lines, subjects } = pushed(issue, session.branch_name ?? "")
  const expected = [...own].sort()
  return [
    ...(tree === fs.realpathSync(issue.worktree) ? [] : [`${issue.ref} is at ${tree}`]),
    ...(bound.some(({ id }) => id === session.opencode_session_id) ? [] : [`${issue.ref} has lost its session`]),
    ...bound
      .filter(({ directory }) => directory !== tree)
      .map((other) => `${issue.ref}: a session is in ${other.directory}`),
    ...(same([...subjects].sort(), expected)
      ? []
      : [`${issue.ref}: commits of ${subjects.join(" ")}, runs ${expected.join(" ")}`]),
    ...(same([...new Set(lines)], own.length === 0 ? [] : [tree])
      ? []
      : [`${issue.ref}: worked in ${[...new Set(lines)].join(", ")}`]),
    ...foreignWords(issue, home.agent(name).export),
  ]
}

/** The kept conversation has no other issue's words. */
const foreignWords = (issue: SoakIssue, file: string): Lines =>
  !fs.existsSync(file)
    ? [`${issue.ref}: no conversation is kept`]
    : markersIn(fs.readFileSync(file, "utf8"))
        .filter((marker) => marker !== issue.marker)
        .map((marker) => `${issue.ref}: its conversation has words of ${marker}`)

const markersIn = (text: string): Lines => [...new Set(text.match(/soak-[a-z]+-\d+(?!\d)/g))]

const same = (a: Lines, b: Lines) => a.length === b.length && a.every((one, index) => one === b[index])

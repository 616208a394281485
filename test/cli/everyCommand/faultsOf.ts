import * as path from "node:path"
import type { Ran } from "../../kit/kugetsu.ts"
import type { Output } from "./call.ts"
import type { Row } from "./Row.ts"

export interface Call {
  readonly row: Row
  readonly json: boolean
  readonly output: Output
  /** The exit codes that are right. */
  readonly codes: ReadonlyArray<number>
  /** The files of the home, before and after. */
  readonly before: ReadonlyMap<string, string>
  readonly after: ReadonlyMap<string, string>
}

/** All that a person or a program could not accept of a command that was called, each in a few words. */
export const faultsOf = (call: Call, ran: Ran): ReadonlyArray<string> => [
  ...(call.codes.includes(ran.code) ? [] : [`ended with ${ran.code}, not ${call.codes.join(" or ")}`]),
  ...(/\n\s+at .*[:(]\d+|this is a bug|\bundefined\b/.test(ran.stdout + ran.stderr) ? ["shows its own insides"] : []),
  ...(longest(ran) > 25_000 ? ["says far too much"] : []),
  ...(call.output === "read" && call.json ? documentFaults(call, ran) : toldFaults(call, ran)),
  ...lost(call).map((name) => `took ${name}`),
  ...ruined(call),
  ...(call.row.changes === undefined ? added(call).map((name) => `made ${name}`) : []),
]

const longest = ({ stderr, stdout }: Ran): number =>
  Math.max(...`${stdout}\n${stderr}`.split("\n").map((line) => line.length))

/** One document is all that is on standard output. */
const documentFaults = ({ row }: Call, { code, stderr, stdout }: Ran): ReadonlyArray<string> => {
  if (row.silent && stdout === "" && code === 0) return []
  let answer: Record<string, unknown>
  try {
    answer = JSON.parse(stdout) as Record<string, unknown>
  } catch {
    return [`gave no JSON: ${JSON.stringify(stdout.slice(0, 100))}`]
  }
  // an item of the queue has an error and a message, too
  if (Object.keys(answer)[0] !== "error") return []
  const { message, remedy } = answer
  return [
    ...(Object.keys(answer).join() === "error,message,remedy,code" ? [] : ["gave an error of another shape"]),
    ...(answer.code === code ? [] : [`says ${String(answer.code)} and ends with ${code}`]),
    ...(typeof remedy === "string" && remedy !== "" ? [] : [`does not say what to do about: ${String(message)}`]),
    ...(stderr.includes(String(message)) ? ["tells its error twice"] : []),
  ]
}

/** What is wrong is on standard error, with what to do, and never among the answer. */
const toldFaults = ({ output, row }: Call, { code, stderr, stdout }: Ran): ReadonlyArray<string> => {
  const lines = stderr.split("\n")
  const told = lines.findIndex((line) => line.startsWith("kugetsu: "))
  const heard = stdout !== "" || output === "closed" || output === "gone" || row.silent
  return [
    ...(told >= 0 && !lines[told + 1] && !stderr.includes("\nSee: ") ? [`does not say what to do: ${stderr}`] : []),
    ...(code !== 0 && told < 0 && !heard ? ["failed without a word"] : []),
    ...(/^kugetsu: |WARN/m.test(stdout) ? ["tells people on standard output"] : []),
  ]
}

/** What kugetsu makes anew by itself from what is there, and what the queue keeps of itself. */
const derived = ["index.json", "queue.id", "queue/id", "queue/daemon.pid"]

/** Files whose content is nowhere any more, though the command changes none of them. */
const lost = ({ after, before, row }: Call): ReadonlyArray<string> => {
  const kept = new Set(after.values())
  const may = [...derived, ...(row.changes ?? [])]
  return [...before].flatMap(([name, content]) => {
    if (after.get(name) === content || may.some((prefix) => name.startsWith(prefix))) return []
    // the queue puts what it cannot understand aside, and what has ended
    const moved = kept.has(content) && (row.changes !== undefined || name.startsWith("queue/"))
    return moved ? [] : [name]
  })
}

/** What is wrong with the files that the command may change: it may not lose one of them, nor what it could not read. */
const ruined = ({ after, before, row }: Call): ReadonlyArray<string> => {
  const [contents, names] = [new Set(after.values()), new Set([...after.keys()].map((name) => path.basename(name)))]
  return [...before].flatMap(([name, content]) => {
    const now = after.get(name)
    if (!row.changes?.some((prefix) => name.startsWith(prefix)) || contents.has(content)) return []
    const isOver = row.forgets?.some((prefix) => name.startsWith(prefix)) ?? false
    if (now === undefined) return isOver || isNamedIn(names, name) ? [] : [`lost ${name}`]
    if (!name.endsWith(".json")) return []
    if (!isDocument(content)) return [`wrote over ${name}, which nobody can read`]
    return isDocument(now) ? [] : [`left half of ${name}`]
  })
}

/** An item of the queue keeps its id, and may get more behind it; a pause is nothing but its being there. */
const isNamedIn = (names: ReadonlySet<string>, name: string): boolean => {
  const stem = path.basename(name).replace(/\.json$/, "")
  return name === "queue/paused" || [...names].some((other) => other.startsWith(stem))
}

const isDocument = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const added = ({ after, before }: Call): ReadonlyArray<string> =>
  [...after.keys()].filter((name) => !before.has(name) && !derived.includes(name) && !name.startsWith("queue/"))

import * as fs from "node:fs"
import * as path from "node:path"
import { type Entry, type Place, readEntry, type Spot } from "./ItemEntry.ts"
import type { Step } from "./QueueLock.ts"

export type ItemEntry = Extract<Entry, { readonly _tag: "Item" }>

export interface Listing {
  /** By turn. */
  readonly items: ReadonlyArray<ItemEntry>
  /** What is no item, to be put where it belongs. */
  readonly strays: ReadonlyArray<Spot>
}

/** Milliseconds after which every file is looked at again, whatever the directory says: people edit files in place. */
const TRUST_MS = 5000
/** A directory that changed this recently may change again without its time showing it. */
const CLOCK_TICK_MS = 50

interface Known {
  readonly entry: Entry
  readonly mark: string
}

/**
 * The items of one directory, each file read once. Which files there are is always asked of the directory; whether a
 * known one is still the same is asked of it when other processes changed items, and now and then. For who holds the
 * lock; synchronous, so that one call sees one state.
 */
export const itemDirectory = (place: Place, dir: string) => {
  const known = new Map<string, Known>()
  let directory = ""
  let generation = ""
  let verified = Number.NEGATIVE_INFINITY
  let listing: Listing = { items: [], strays: [] }

  const lookAt = (name: string): void => {
    const file = path.join(dir, name)
    const mark = markOf(file)
    if (known.get(name)?.mark === mark) return
    const entry = readEntry(place, file)
    if (entry === null) known.delete(name)
    else known.set(name, { entry, mark })
  }

  const read = (current: string): Listing => {
    const thorough = current !== generation || performance.now() - verified > TRUST_MS
    const seen = directoryMark(dir)
    if (seen !== null && seen === directory && !thorough) return listing
    const names = new Set(namesIn(dir))
    for (const name of known.keys()) if (!names.has(name)) known.delete(name)
    for (const name of names) if (thorough || !known.has(name)) lookAt(name)
    if (thorough) verified = performance.now()
    generation = current
    directory = seen ?? ""
    listing = listed(place, known, listing)
    return listing
  }

  /** The step was this process's own, and changed these files only. */
  const follow = ({ after, before }: Step, names: ReadonlySet<string>): void => {
    for (const name of names) known.delete(name)
    if (names.size > 0) directory = ""
    if (generation === before) generation = after
  }

  return { read, follow }
}

/** Begins with the items of the last time in their order: sorting what is sorted costs next to nothing. */
const listed = (place: Place, known: ReadonlyMap<string, Known>, last: Listing): Listing => {
  const left = new Set<Entry>()
  const strays: Array<Spot> = []
  for (const [name, { entry }] of known) {
    if (entry._tag === "Item") left.add(entry)
    else strays.push({ place, name })
  }
  const items = last.items.filter((entry) => left.delete(entry))
  for (const entry of left) if (entry._tag === "Item") items.push(entry)
  return { items: items.sort(byTurn), strays }
}

export const byTurn = (a: ItemEntry, b: ItemEntry): number => (a.turn < b.turn ? -1 : 1)

/** Temporary files of editors and other tools begin with a dot, or end otherwise. */
const namesIn = (dir: string): ReadonlyArray<string> =>
  fs.existsSync(dir) ? fs.readdirSync(dir).filter((name) => name.endsWith(".json") && !name.startsWith(".")) : []

const markOf = (file: string): string => {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false })
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
}

/** null when it says nothing: the directory is missing, or changed only now. */
const directoryMark = (dir: string): string | null => {
  const stat = fs.statSync(dir, { throwIfNoEntry: false })
  if (stat === undefined || Math.abs(Date.now() - stat.mtimeMs) < CLOCK_TICK_MS) return null
  return `${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs}`
}

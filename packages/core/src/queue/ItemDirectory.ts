import * as fs from "node:fs"
import * as path from "node:path"
import { type Entry, inspect, type Place, readEntry, type Spot } from "./ItemEntry.ts"
import type { Step } from "./QueueLock.ts"

export type ItemEntry = Extract<Entry, { readonly _tag: "Item" }>

export interface Listing {
  readonly place: Place
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
  /** The last look at the directory that found it. */
  look: number
}

/**
 * The items of one directory, each file read once. For who holds the lock; synchronous, so that one call sees one state.
 *
 * Three signs of a change, of which none can stand for another:
 * - the time of the directory: a new item comes without the lock, so without a new generation. Without this sign every
 *   look would list all the names, milliseconds for 10,000;
 * - the generation: an item can go and come back under its name. Without it every new item would have all files looked
 *   at again, ten times that;
 * - the clock: a file edited in place changes neither.
 */
export const itemDirectory = (place: Place, dir: string) => {
  const known = new Map<string, Known>()
  /** What came and what went since the last listing. */
  const fresh = new Set<Entry>()
  const gone = new Set<Entry>()
  let looks = 0
  let directory = ""
  let generation = ""
  let verified = Number.NEGATIVE_INFINITY
  let listing: Listing = { place, items: [], strays: [] }

  const forget = (name: string): void => {
    const before = known.get(name)
    if (before === undefined) return
    known.delete(name)
    if (!fresh.delete(before.entry)) gone.add(before.entry)
  }

  const lookAt = (name: string): void => {
    const file = path.join(dir, name)
    const stat = inspect(file)
    const mark = markOf(stat)
    const before = known.get(name)
    if (before?.mark === mark) {
      before.look = looks
      return
    }
    forget(name)
    const entry = readEntry(place, file, stat)
    if (entry === null) return
    known.set(name, { entry, mark, look: looks })
    fresh.add(entry)
  }

  const look = (thorough: boolean): void => {
    looks += 1
    for (const name of namesIn(dir)) {
      const before = known.get(name)
      if (before === undefined || thorough) lookAt(name)
      else before.look = looks
    }
    for (const [name, { look }] of known) if (look !== looks) forget(name)
  }

  /** From the last one: sorting what is sorted but for its end costs next to nothing. */
  const listed = (): Listing => {
    const items = listing.items.filter((entry) => !gone.has(entry))
    for (const entry of fresh) if (entry._tag === "Item") items.push(entry)
    const strays = [...known].flatMap(([name, { entry }]) => (entry._tag === "Item" ? [] : [{ place, name }]))
    gone.clear()
    fresh.clear()
    return { place, items: items.sort(byTurn), strays }
  }

  const read = (current: string): Listing => {
    const thorough = current !== generation || performance.now() - verified > TRUST_MS
    const seen = directoryMark(dir)
    if (seen !== null && seen === directory && !thorough) return listing
    look(thorough)
    if (thorough) verified = performance.now()
    generation = current
    directory = seen ?? ""
    if (fresh.size + gone.size > 0) listing = listed()
    return listing
  }

  /** The step was this process's own, and changed these files only. */
  const follow = ({ after, before }: Step, names: ReadonlySet<string>): void => {
    for (const name of names) forget(name)
    if (names.size > 0) directory = ""
    if (generation === before) generation = after
  }

  const forgetAll = (): void => {
    for (const remembered of [known, fresh, gone]) remembered.clear()
    directory = ""
    listing = { place, items: [], strays: [] }
  }

  return { read, follow, forgetAll }
}

/** Those files, for nobody to remember; null when one of them is no longer there. */
export const readListing = (place: Place, dir: string, names: ReadonlyArray<string>): Listing | null => {
  const items: Array<ItemEntry> = []
  const strays: Array<Spot> = []
  for (const name of names) {
    const entry = readEntry(place, path.join(dir, name))
    if (entry === null) return null
    if (entry._tag === "Item") items.push(entry)
    else strays.push({ place, name })
  }
  return { place, items: items.sort(byTurn), strays }
}

export const byTurn = (a: ItemEntry, b: ItemEntry): number => (a.turn < b.turn ? -1 : 1)

/** Temporary files of editors and other tools begin with a dot, or end otherwise. */
export const namesIn = (dir: string): ReadonlyArray<string> =>
  fs.existsSync(dir) ? fs.readdirSync(dir).filter((name) => name.endsWith(".json") && !name.startsWith(".")) : []

const markOf = (stat: fs.Stats | undefined): string =>
  stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`

/** null when it says nothing: the directory is missing, or changed only now. */
const directoryMark = (dir: string): string | null => {
  const stat = fs.statSync(dir, { throwIfNoEntry: false })
  if (stat === undefined || Math.abs(Date.now() - stat.mtimeMs) < CLOCK_TICK_MS) return null
  return `${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs}`
}

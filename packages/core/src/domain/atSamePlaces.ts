/**
 * Whether two patches of one digest make their change at the same places, and not at others that look like them. `drift`
 * is what lies between the files they were made on, from `a`'s to `b`'s, without context lines (`-U0`): it says where
 * the lines of the one are in the other. A place that the drift itself changes is not the same.
 */
export const atSamePlaces = (a: string, b: string, drift: string): boolean => {
  const [here, there, moves] = [hunksByFile(a), hunksByFile(b), hunksByFile(drift)]
  return [...here].every(([file, hunks]) => {
    const others = there.get(file) ?? []
    const moved = hunks.map((hunk) => movedBy(moves.get(file) ?? [], hunk))
    return hunks.length === others.length && moved.every((first, at) => first === others[at]?.first)
  })
}

/** The old lines that a hunk is about; without any, `first` is the line it comes after. */
interface Hunk {
  readonly first: number
  readonly count: number
  /** How many more lines there are after it. */
  readonly growth: number
}

const hunksByFile = (patch: string): ReadonlyMap<string, ReadonlyArray<Hunk>> => {
  const found = new Map<string, Array<Hunk>>()
  let hunks: Array<Hunk> = []
  // lines of a file's own begin with a blank, a sign or a backslash
  for (const line of patch.split("\n")) {
    if (line.startsWith("diff --git ")) found.set(line, (hunks = []))
    const [, first, count = "1", grown = "1"] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? []
    if (first !== undefined) {
      hunks.push({ first: Number(first), count: Number(count), growth: Number(grown) - Number(count) })
    }
  }
  return found
}

/** The first line of a hunk, as others moved it; null: they changed what it is about. */
const movedBy = (moves: ReadonlyArray<Hunk>, { count, first }: Hunk): number | null => {
  const end = first + count
  let by = 0
  for (const move of moves) {
    const isBefore = move.count === 0 ? move.first < first : move.first + move.count <= first
    const isAfter = move.count === 0 ? move.first >= end - 1 : move.first >= end
    if (!isBefore && !isAfter) return null
    if (isBefore) by += move.growth
  }
  return first + by
}

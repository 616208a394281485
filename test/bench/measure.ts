import { Duration, Effect } from "effect"

/** Median and quartiles. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** One thing that was measured. */
export interface Row {
  readonly what: string
  readonly took: Spread
  /** Of `took`; milliseconds when nothing is said. */
  readonly unit?: Unit
  /** Of what is measured by itself. */
  readonly goal?: Goal
  /** null: measured by itself. */
  readonly comparison: Comparison | null
}

export type Unit = "ms" | "MB" | "% of a core" | "a second" | "processes" | "items"

export type Goal = { readonly atMost: number } | { readonly atLeast: number }

/** The bare thing that was measured at the same time. */
export interface Comparison {
  readonly against: string
  /** Milliseconds. */
  readonly took: Spread
  /** How many times that time, or how many milliseconds more. */
  readonly cost: Spread & { readonly unit: "times" | "ms" }
  /** The cost that is not to be exceeded; null: told beside one that has a goal. */
  readonly goal: number | null
}

export interface Repetitions {
  readonly repetitions: number
  /** Rounds before, which do not count. */
  readonly warmUps: number
}

/** The milliseconds that an effect takes. */
export const millisecondsOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.map(Effect.timed(effect), ([took]) => Duration.toMillis(took))

/**
 * Does all of them once a round, each of them first in its turn, so that whatever else the machine does meets all alike.
 * The lists have one number a round, in the same order: their numbers can be compared by pairs.
 */
export const interleave = Effect.fnUntraced(function* <Name extends string, E, R>(
  subjects: Readonly<Record<Name, Effect.Effect<number, E, R>>>,
  { repetitions, warmUps }: Repetitions,
) {
  const names = Object.keys(subjects) as Array<Name>
  const taken = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Array<number>>
  for (let round = 0; round < warmUps + repetitions; round++) {
    for (const position of names.keys()) {
      const name = names[(round + position) % names.length]!
      const milliseconds = yield* subjects[name]
      if (round >= warmUps) taken[name].push(milliseconds)
    }
  }
  return taken as Readonly<Record<Name, ReadonlyArray<number>>>
})

export const spreadOf = (numbers: ReadonlyArray<number>): Spread => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
    return below + (above - below) * (place % 1)
  }
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

/** A number that has no spread. */
export const single = (value: number): Spread => ({ median: value, low: value, high: value })

/** The value that 99 of 100 do not exceed; of fewer than a hundred, nearly the greatest. */
export const highest = (numbers: ReadonlyArray<number>): Spread => {
  const sorted = numbers.toSorted((a, b) => a - b)
  return single(sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NaN)
}

/** How many times the time of the bare thing, round by round. */
export const timesOf = (taken: ReadonlyArray<number>, bare: ReadonlyArray<number>): Comparison["cost"] => ({
  ...spreadOf(taken.map((milliseconds, round) => milliseconds / (bare[round] ?? Number.NaN))),
  unit: "times",
})

/** How many milliseconds more than all of these together, round by round. */
export const moreThan = (
  taken: ReadonlyArray<number>,
  ...others: ReadonlyArray<ReadonlyArray<number>>
): Comparison["cost"] => ({
  ...spreadOf(
    taken.map((milliseconds, round) =>
      others.reduce((rest, other) => rest - (other[round] ?? Number.NaN), milliseconds),
    ),
  ),
  unit: "ms",
})

import type { Sample } from "./sampler.ts"

/** A number at the beginning and at the end of a soak. */
export interface Trend {
  readonly what: string
  readonly unit: string
  readonly looks: number
  /** Medians of the first and the last third. */
  readonly first: number
  readonly last: number
  readonly highest: number
  /** How much more the last third may be. */
  readonly allowed: number
}

/** So much of its first third's memory may be added, or so many MB: a heap that was collected just now or will be soon. */
const MEMORY_SHARE = 0.15
const MEMORY_MB = 8
const DESCRIPTORS = 2

/** The thirds are those of the time that was looked at; what came before `from` was warming up. */
const trendOf = (
  what: string,
  unit: string,
  samples: ReadonlyArray<Sample>,
  value: (sample: Sample) => number,
  allowed: (first: number) => number,
): Trend => {
  const [begin, end] = [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0]
  const third = (end - begin) / 3
  const first = median(samples.filter(({ at }) => at <= begin + third).map(value))
  const last = median(samples.filter(({ at }) => at >= end - third).map(value))
  const highest = Math.max(0, ...samples.map(value))
  return { what, unit, looks: samples.length, first, last, highest, allowed: allowed(first) }
}

export const trendsOf = (name: string, samples: ReadonlyArray<Sample>, warmUpMs: number): ReadonlyArray<Trend> => {
  const warm = samples.filter(({ at }) => at >= warmUpMs)
  return [
    trendOf(
      `memory of ${name}`,
      "MB",
      warm,
      ({ rssMb }) => rssMb,
      (mb) => Math.max(MEMORY_MB, mb * MEMORY_SHARE),
    ),
    trendOf(
      `descriptors of ${name}`,
      "",
      warm,
      ({ descriptors }) => descriptors,
      () => DESCRIPTORS,
    ),
  ]
}

export const isFlat = ({ allowed, first, last, looks }: Trend): boolean => looks > 0 && last - first <= allowed

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

export const trendTable = (trends: ReadonlyArray<Trend>): string => {
  const header = ["what", "looks", "first third", "last third", "highest", "may grow by", ""]
  const amount = (value: number, unit: string) => `${unit === "" ? Math.round(value) : value.toFixed(1)} ${unit}`.trim()
  const rows = trends.map((trend) => [
    trend.what,
    String(trend.looks),
    amount(trend.first, trend.unit),
    amount(trend.last, trend.unit),
    amount(trend.highest, trend.unit),
    amount(trend.allowed, trend.unit),
    isFlat(trend) ? "flat" : "GROWS",
  ])
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n")
}

/** What came of one experiment. */
export interface Report {
  readonly name: string
  readonly counts: Readonly<Record<string, number>>
  /** Sentences; none when all is well. */
  readonly faults: ReadonlyArray<string>
}

export const lineOf = ({ counts, faults, name }: Report): string =>
  [
    `${faults.length === 0 ? "ok  " : "FAIL"} ${name}: ${Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(", ")}`,
    ...faults.map((fault) => `       ${fault}`),
  ].join("\n")

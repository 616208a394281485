import { describe, expect } from "bun:test"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import { linksNext, listWhole, numberOf, type Page } from "@kugetsu/forge/Listing"
import { Effect } from "effect"
import { effectTest } from "../kit/effectTest.ts"

const page = (numbers: ReadonlyArray<number>, rest: Partial<Page<PullRequest>> = {}): Page<PullRequest> => ({
  items: numbers.map((number) => ({ number, state: "open", branch: "b", url: "", head: null, from_here: true })),
  more: false,
  total: null,
  ...rest,
})

/** The numbers that were listed, or "moved"; each reading takes its pages from the next of `readings`. */
const listed = (...readings: ReadonlyArray<ReadonlyArray<Page<PullRequest>>>) => {
  let reading = -1
  return listWhole({
    page: (number) => {
      if (number === 1) reading++
      return Effect.succeed(readings[reading]![number - 1]!)
    },
    keyOf: numberOf,
    host: "h",
    operation: "pull requests",
  }).pipe(
    Effect.match({
      onFailure: () => "moved" as const,
      onSuccess: (list) => list.map((it) => it.number),
    }),
  )
}

const expectListed = (
  name: string,
  readings: ReadonlyArray<ReadonlyArray<Page<PullRequest>>>,
  expected: "moved" | ReadonlyArray<number>,
) =>
  effectTest(name, () => Effect.map(listed(...readings), (found) => expect<typeof expected>(found).toEqual(expected)))

describe("a list", () => {
  const steady = [page([1, 2], { total: 3 }), page([3], { total: 3 })]

  expectListed("ends when no page follows", [[page([1, 2], { more: true }), page([3])]], [1, 2, 3])
  expectListed("ends when all that were counted were met", [steady], [1, 2, 3])
  expectListed("may be empty", [[page([], { total: 0 })]], [])
  expectListed(
    "that repeats an item is read once more",
    [[page([1, 2], { more: true }), page([2, 3])], steady],
    [1, 2, 3],
  )
  expectListed("that repeats an item within a page is read once more", [[page([1, 1])], steady], [1, 2, 3])
  expectListed(
    "that is counted anew is read once more, even if the first count was reached",
    [[page([1, 2], { total: 3 }), page([3], { total: 4 }), page([], { total: 4 })], [page([2, 1], { total: 2 })]],
    [2, 1],
  )
  const short = [page([1, 2], { total: 4 }), page([3], { total: 4 }), page([], { total: 4 })]
  expectListed("that never reaches its count is given up after the second time", [short, short], "moved")
})

effectTest("a list that always says that another page follows is given up, named as what it is", () =>
  Effect.gen(function* () {
    let asked = 0
    const endless = (number: number) => Effect.sync(() => (asked++, page([number], { more: true })))
    const error = yield* Effect.flip(listWhole({ page: endless, keyOf: numberOf, host: "h", operation: "o" }))
    expect([asked, error.reason, error.detail]).toEqual([100, "bad_answer", "it has more than 100 pages"])
  }),
)

effectTest("a next page is told by its link only", () =>
  Effect.sync(() => {
    expect(linksNext('<https://h/x?page=1>; rel="prev", <https://h/x?page=3>; rel="next"')).toBe(true)
    expect(linksNext('<https://h/x?page=1>; rel="first", <https://h/next>; rel="last"')).toBe(false)
    expect(linksNext(undefined)).toBe(false)
  }),
)

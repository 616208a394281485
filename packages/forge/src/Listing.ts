import { decidingPullRequest, type PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Effect, Option } from "effect"
import { unanswered } from "./Unanswered.ts"

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** The forge says, or the page's length suggests, that another follows. */
  readonly more: boolean
  /** How many the whole list has, where the forge counts them. */
  readonly total: number | null
}

/** A list that a forge gives in pages. */
export interface Pages<A> {
  /** From page 1. */
  readonly page: (number: number) => Effect.Effect<Page<A>, ForgeUnknown>
  /** What tells two items of the list apart. */
  readonly keyOf: (item: A) => number
  readonly host: string
  /** What is listed, for the error. */
  readonly operation: string
}

/** A list without end, or one that no question can wait for. */
const mostPages = 100

/**
 * Every page of a list. A list that moves while it is read (an item met twice, a count that changes or is not reached)
 * is read once more, then given up: an item may have slipped between two pages.
 */
export const listWhole = Effect.fnUntraced(function* <A>(
  pages: Pages<A>,
): Effect.fn.Return<ReadonlyArray<A>, ForgeUnknown> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const list = yield* readPages(pages)
    if (Option.isSome(list)) return list.value
  }
  const { host, operation } = pages
  return yield* unanswered({ host, operation, reason: "bad_answer", detail: "the list moved while read" })
})

/** None: the list moved. */
const readPages = Effect.fnUntraced(function* <A>({
  page,
  keyOf,
  host,
  operation,
}: Pages<A>): Effect.fn.Return<Option.Option<ReadonlyArray<A>>, ForgeUnknown> {
  const found = new Map<number, A>()
  const first = yield* page(1)
  for (let number = 1, current = first; ;) {
    const before = found.size
    for (const item of current.items) found.set(keyOf(item), item)
    if (found.size - before !== current.items.length || current.total !== first.total) return Option.none()
    if (!(current.total === null ? current.more : current.items.length > 0 && found.size < current.total)) break
    if (number === mostPages)
      return yield* unanswered({ host, operation, reason: "bad_answer", detail: `it has more than ${mostPages} pages` })
    current = yield* page(++number)
  }
  return first.total === null || found.size === first.total ? Option.some([...found.values()]) : Option.none()
})

export const idOf = ({ id }: { readonly id: number }): number => id

export const numberOf = ({ number }: PullRequest): number => number

/** The one that decides what becomes of the branch; a fork may have one of the same name. */
export const deciding = (list: ReadonlyArray<PullRequest>, branch: string): PullRequest | null =>
  decidingPullRequest(list.filter((one) => one.from_here === true && one.branch === branch))

/** Whether a `Link` header names a next page. */
export const linksNext = (link: string | number | undefined): boolean => /<[^>]*>\s*;\s*rel="next"/.test(String(link))

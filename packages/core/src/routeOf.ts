import { Effect } from "effect"
import { findNumbers, numberText } from "./domain/findNumbers.ts"
import { findReferences } from "./domain/findReferences.ts"
import { identityOf, type IssueRef, parseIssueRef } from "./domain/IssueRef.ts"
import { isPullRequestName } from "./domain/PullRequestName.ts"
import { instanceOfServer } from "./domain/ServerAddress.ts"
import { isOnPullRequest, refOf } from "./domain/Session.ts"
import { knownRepositories } from "./knownRepositories.ts"
import { resolveReference } from "./resolveReference.ts"
import { Servers } from "./Servers.ts"
import { Sessions } from "./Sessions.ts"

/** Whom a task goes to. */
export type Route =
  | {
      readonly _tag: "Issue"
      readonly issue: IssueRef
      /** As the message names it, where it leaves out the repository. */
      readonly number?: string
    }
  /** The PM; with what the message names, if that is several issues, or none for certain. */
  | { readonly _tag: "Pm"; readonly named: NamedIssues | null; readonly unplaced?: Unplaced }

/** The first few, and how many references follow that were not looked up. */
export interface NamedIssues {
  readonly first: ReadonlyArray<IssueRef>
  readonly more: number
}

/** Numbers without a repository, and the repositories that any of them may belong to. */
export interface Unplaced {
  readonly numbers: ReadonlyArray<string>
  readonly repositories: ReadonlyArray<string>
}

export const namedText = ({ first, more }: NamedIssues): string =>
  `${first.join(", ")}${more === 0 ? "" : ` and ${more} more`}`

export const unplacedText = ({ numbers, repositories }: Unplaced): string =>
  `${numbers.join(", ")} may be in ${repositories.length === 0 ? "any repository: none is known yet" : repositories.join(", ")}`

/** People are told of so many. Looking one up reads files, and a message may name a hundred thousand. */
const NAMED = 5

/** Where a message goes by itself: to the one issue that it names, else to the PM. */
export const routeOf = Effect.fn("routeOf")(function* (message: string) {
  const servers = yield* Servers
  const references = findReferences(message, {
    defaultInstance: yield* servers.defaultInstance,
    knownInstances: (yield* servers.list).map(({ url }) => instanceOfServer(url)),
  })
  if (references.length === 0) return yield* routeOfNumbers(findNumbers(message))
  const issues = new Map<string, IssueRef>()
  let more = references.length
  for (const reference of references) {
    if (issues.size === NAMED) break
    const issue = yield* resolveReference(reference)
    more -= 1
    if (!issues.has(identityOf(issue))) issues.set(identityOf(issue), issue)
  }
  return routeTo([...issues.values()], more)
})

const routeTo = (issues: ReadonlyArray<IssueRef>, more: number): Route => {
  const [only, ...others] = issues
  if (only === undefined) return { _tag: "Pm", named: null }
  return others.length === 0
    ? { _tag: "Issue", issue: only }
    : { _tag: "Pm", named: { first: [only, ...others], more } }
}

const routeOfNumbers = Effect.fnUntraced(function* (numbers: ReadonlyArray<string>) {
  if (numbers.length === 0) return routeTo([], 0)
  const first = numbers.slice(0, NAMED)
  const repositories = yield* knownRepositories
  const placed = yield* Effect.forEach(first, (number) => placeNumber(number, repositories))
  const issues = placed.filter((issue) => issue !== null)
  if (issues.length < placed.length) {
    return { _tag: "Pm", named: null, unplaced: { numbers: first.map(numberText), repositories } } satisfies Route
  }
  const route = routeTo(issues, numbers.length - first.length)
  return route._tag === "Issue" ? { ...route, number: numberText(first[0]!) } : route
})

/** The issue of that number in the one repository there is, or the one that works on the pull request; null: who knows. */
const placeNumber = Effect.fnUntraced(function* (identifier: string, repositories: ReadonlyArray<string>) {
  if (isPullRequestName(identifier)) {
    const owners = (yield* (yield* Sessions).list).flatMap(({ session }) =>
      isOnPullRequest(session, identifier) ? (refOf(session) ?? []) : [],
    )
    if (owners.length === 1) return owners[0]!
  }
  const [only, ...others] = repositories
  if (only === undefined || others.length > 0) return null
  const issue = yield* Effect.fromResult(parseIssueRef(`${only}#${identifier}`))
  return yield* resolveReference({ issue, pullRequestUrl: null })
})

import { Result } from "effect"
import { identityOf, type ParseOptions, parseReference, type Reference } from "./IssueRef.ts"
import { readPullRequestName } from "./PullRequestName.ts"

export interface FindOptions extends ParseOptions {
  /** Hosts that are known though they have no dot in their names. */
  readonly knownInstances: ReadonlyArray<string>
}

/** A pull request of a repository, in words; or all that a ref or an address is made of. */
const wordPattern = /[\w.:~-]+\/[\w./:~-]+ (?:PR|MR) ?[#!]\d+|[\w./#:@?=&%+~-]+/g

/**
 * The issues and pull requests that a text for people names, each once, in the order in which it does. What could as well
 * be a file is none: `docs/setup.md#install`, `src/main.ts#L12`.
 */
export const findReferences = (text: string, options: FindOptions): ReadonlyArray<Reference> => {
  const found = new Map<string, Reference>()
  for (const [word] of text.matchAll(wordPattern)) {
    const reference = referenceIn(word, options)
    if (reference === null) continue
    const key = `${reference.pullRequestUrl === null ? "issue" : "pull"} ${identityOf(reference.issue)}`
    if (!found.has(key)) found.set(key, reference)
  }
  return [...found.values()]
}

/** The end of a sentence, and emphasis, are no part of a ref. */
const edges = new Set("_~.:?=&")

/** Not a pattern: one that is anchored at the end alone tries every character as its beginning. */
const withoutEdges = (word: string): string => {
  let [from, to] = [0, word.length]
  while (from < to && edges.has(word.charAt(from))) from++
  while (to > from && edges.has(word.charAt(to - 1))) to--
  return word.slice(from, to)
}

const referenceIn = (word: string, options: FindOptions): Reference | null => {
  const bare = withoutEdges(word)
  if (!isMeant(bare, options)) return null
  return Result.getOrElse(parseReference(bare, options), () => null)
}

const isMeant = (word: string, { defaultInstance, knownInstances }: FindOptions): boolean => {
  if (/^https?:\/\//i.test(word)) return true
  const [first = "", ...path] = word.replace(/[?#].*$| .*$/, "").split("/")
  const isHost = /[.:]/.test(first) || [defaultInstance, ...knownInstances].includes(first.toLowerCase())
  const identifier = readPullRequestName(word)?.identifier ?? word.slice(word.indexOf("#") + 1)
  return (isHost && path.length >= 2) || (path.length === 1 && /^(\d+|-.*|[pm]r-\d+)$/.test(identifier))
}

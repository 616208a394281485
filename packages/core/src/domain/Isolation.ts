import { Result, Schema } from "effect"
import { parseIssueRef, sameIssue } from "./IssueRef.ts"

/** What ties an agent to its issue, and is compared before and after each turn. */
export const Tie = Schema.Literals(["session", "directory", "storage", "worktree", "branch", "remote", "issue"])
export type Tie = typeof Tie.Type

/** One thing that is not what it must be. */
export const Mismatch = Schema.Struct({ tie: Tie, expected: Schema.String, found: Schema.String })
export type Mismatch = typeof Mismatch.Type

/** Where an agent has to be. Paths are absolute and without symbolic links. */
export interface ExpectedPlace {
  /** The issue's ref; for the base and the PM their name. */
  readonly owner: string
  readonly session: string
  readonly directory: string
  /** null: the base and the PM work in no repository. */
  readonly tree: {
    /** The repository that the worktree hangs off. */
    readonly repository: string
    readonly branch: string
    readonly remote: string
  } | null
  /** A place from before there were marks is taken over before a turn; after one, its marks must be there. */
  readonly marked: boolean
}

/** Where it is. null: there is none. */
export interface FoundPlace {
  /** Whose the private storage is by its mark. */
  readonly owner: string | null
  /** What the stored session is bound to; null: that session is not there. */
  readonly directory: string | null
  readonly tree: {
    readonly repository: string | null
    /** null: detached, as in the middle of a rebase. */
    readonly branch: string | null
    /** Spelled as expected where it is the same repository. */
    readonly remote: string | null
    /** Whose the worktree is, by its mark or by the records of other issues. */
    readonly owner: string | null
  } | null
}

export type Comparison =
  | { readonly _tag: "Fits" }
  | { readonly _tag: "Mismatches"; readonly mismatches: ReadonlyArray<Mismatch> }

/** The wall between one issue and everything else. A fact that is missing is a mismatch. */
export const comparePlaces = (expected: ExpectedPlace, found: FoundPlace): Comparison => {
  const { marked, owner } = expected
  const mismatches = [
    ...ownership("storage", owner, found.owner, marked),
    ...(found.directory === null
      ? [{ tie: "session", expected: expected.session, found: "no such session" } as const]
      : differing("directory", expected.directory, found.directory)),
    ...(expected.tree === null ? [] : compareTrees({ ...expected.tree, owner, marked }, found.tree)),
  ]
  return mismatches.length === 0 ? { _tag: "Fits" } : { _tag: "Mismatches", mismatches }
}

const compareTrees = (
  expected: NonNullable<ExpectedPlace["tree"]> & Pick<ExpectedPlace, "owner" | "marked">,
  found: FoundPlace["tree"],
): ReadonlyArray<Mismatch> => {
  if (found === null || found.repository === null) {
    return [{ tie: "worktree", expected: `a worktree of ${expected.repository}`, found: "no repository" }]
  }
  return [
    ...differing("worktree", expected.repository, found.repository),
    ...(found.branch === null ? [] : differing("branch", expected.branch, found.branch)),
    ...differing("remote", expected.remote, found.remote ?? "no remote called origin"),
    ...ownership("issue", expected.owner, found.owner, expected.marked),
  ]
}

const differing = (tie: Tie, expected: string, found: string): ReadonlyArray<Mismatch> =>
  expected === found ? [] : [{ tie, expected, found }]

const ownership = (tie: Tie, expected: string, found: string | null, marked: boolean): ReadonlyArray<Mismatch> => {
  if (found === null) return marked ? [{ tie, expected, found: "no mark" }] : []
  return sameOwner(expected, found) ? [] : [{ tie, expected, found }]
}

/** Spellings of an issue do not matter. */
export const sameOwner = (a: string, b: string): boolean => {
  const [one, other] = [Result.getOrNull(parseIssueRef(a)), Result.getOrNull(parseIssueRef(b))]
  return one === null || other === null ? a === b : sameIssue(one, other)
}

/** Ties of the session itself: what does not fit there is no fault of the worktree. */
const ofSession: ReadonlySet<Tie> = new Set<Tie>(["session", "directory", "storage"])

export const isOfSession = ({ tie }: Mismatch): boolean => ofSession.has(tie)

const words: Readonly<Record<Tie, string>> = {
  session: "the session",
  directory: "the directory of the session",
  storage: "the issue of the session's storage",
  worktree: "the repository of the worktree",
  branch: "the branch of the worktree",
  remote: "the remote of the worktree",
  issue: "the issue of the worktree",
}

/** For people: what was expected, and what was found. */
export const sentenceOf = ({ expected, found, tie }: Mismatch): string =>
  `${words[tie]}: expected ${expected}, found ${found}`

import { Result, Schema } from "effect"
import { ExitCode } from "./Failure.ts"
import { readIssueAddress } from "./IssueAddress.ts"
import {
  faultOfText,
  identifierFault,
  instanceFault,
  ownerFault,
  presentable,
  repositoryFault,
} from "./IssueRefParts.ts"
import { readPullRequestName } from "./PullRequestName.ts"

/** Text that was given where an issue was expected, and is none. */
export class InvalidIssueRef extends Schema.TaggedError<InvalidIssueRef>()("InvalidIssueRef", {
  /** As it may be shown: no credentials, no control characters, not endless. */
  input: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.usage
  override get message() {
    return `"${this.input}" names no issue: ${this.reason}`
  }
  get remedy() {
    return 'Write it as host/owner/repo#14, owner/repo#14 or "owner/repo PR #7", or paste its URL.'
  }
}

const part = (faultOf: (text: string) => string | undefined) => Schema.String.check(Schema.makeFilter(faultOf))

/**
 * One issue of one repository: `host[:port]/owner[/subgroup…]/repo#identifier`. The identifier is a number, a free name
 * such as `-discuss`, or `pr-14` / `mr-14` for a pull request that no session owns. Every part is safe in a path.
 */
export class IssueRef extends Schema.Class<IssueRef>("@kugetsu/core/domain/IssueRef")({
  /** Lower case. */
  instance: part(instanceFault),
  /** `owner` or `group/subgroup`. */
  owner: part(ownerFault),
  repository: part(repositoryFault),
  identifier: part(identifierFault),
}) {
  override toString(): string {
    return `${this.repositoryKey}#${this.identifier}`
  }
  /** `host/owner/repo` */
  get repositoryKey(): string {
    return `${this.instance}/${this.owner}/${this.repository}`
  }
}

/** What a person meant: an issue, or the pull request of one (then `pullRequestUrl` says which). */
export interface Reference {
  readonly issue: IssueRef
  /** As the forge writes it: nothing after the number. */
  readonly pullRequestUrl: string | null
}

export interface ParseOptions {
  /** The host of `owner/repo#4`. */
  readonly defaultInstance: string
}

/**
 * Every form a person types or pastes: a canonical ref, one without its host, the URL of an issue or pull request, and
 * `owner/repo PR #7`.
 */
export const parseReference = (text: string, options: ParseOptions): Result.Result<Reference, InvalidIssueRef> =>
  Result.gen(function* () {
    const named = readPullRequestName(text)
    if (named !== null) {
      if (named.repository === null)
        return yield* Result.fail(
          refusal(text, "no session has such a pull request, and it does not say which repository has it"),
        )
      const fault = faultOfText(named.repository)
      if (fault !== undefined) return yield* Result.fail(refusal(text, fault))
      const path = named.repository
        .replace(/^https?:\/\//i, "")
        .replace(/\/$/, "")
        .split("/")
      const whole = path.length === 2 ? [options.defaultInstance.toLowerCase(), ...path] : path
      return { issue: yield* fromParts(text, whole, named.identifier), pullRequestUrl: null }
    }
    const address = yield* Result.mapError(readIssueAddress(text), (reason) => refusal(text, reason))
    if (address !== null) {
      const issue = yield* fromParts(text, address.project, address.identifier)
      return { issue, pullRequestUrl: address.pullRequestUrl }
    }
    const [path, identifier] = yield* split(text)
    const instance = options.defaultInstance.toLowerCase()
    if (path.length === 2 && path[0]?.toLowerCase() === instance) {
      return yield* Result.fail(refusal(text, `host/owner/repo is expected before the "#"`))
    }
    const issue = yield* fromParts(text, path.length === 2 ? [instance, ...path] : path, identifier)
    return { issue, pullRequestUrl: null }
  })

/** The canonical form only, as it stands in records. */
export const parseIssueRef = (text: string): Result.Result<IssueRef, InvalidIssueRef> =>
  Result.flatMap(split(text), ([path, identifier]) => fromParts(text, path, identifier))

const split = (text: string): Result.Result<[path: ReadonlyArray<string>, identifier: string], InvalidIssueRef> => {
  const fault = faultOfText(text)
  if (fault !== undefined) return Result.fail(refusal(text, fault))
  const hash = text.indexOf("#")
  if (hash === -1) return Result.fail(refusal(text, `"#" and the issue's number are expected after the repository`))
  return Result.succeed([text.slice(0, hash).split("/"), text.slice(hash + 1)])
}

const fromParts = (
  text: string,
  path: ReadonlyArray<string>,
  identifier: string,
): Result.Result<IssueRef, InvalidIssueRef> => {
  if (path.length < 3) return Result.fail(refusal(text, "both an owner and a repository are expected"))
  const instance = (path[0] ?? "").toLowerCase()
  const owner = path.slice(1, -1).join("/")
  const repository = path.at(-1) ?? ""
  const fault =
    instanceFault(instance) ?? ownerFault(owner) ?? repositoryFault(repository) ?? identifierFault(identifier)
  return fault === undefined
    ? Result.succeed(new IssueRef({ instance, owner, repository, identifier }, { disableChecks: true }))
    : Result.fail(refusal(text, fault))
}

const refusal = (text: string, reason: string) => new InvalidIssueRef({ input: presentable(text), reason })

/** One text for every spelling of an issue: forges do not mind the case of host, owner and repository. */
const identityOf = (ref: IssueRef): string => `${ref.repositoryKey.toLowerCase()}#${ref.identifier}`

export const sameIssue = (a: IssueRef, b: IssueRef): boolean => identityOf(a) === identityOf(b)

/** The number of the pull request that a `pr-N` ref means; null for an issue. */
export const pullRequestNumber = (ref: IssueRef): number | null => {
  const number = /^[pm]r-(\d+)$/.exec(ref.identifier)?.[1]
  return number === undefined ? null : Number(number)
}

const slugMax = 150

/** The ref as a file name of at most 150 characters: `/`, `#` and `:` become `-`. Not injective; see Sessions. */
export const slugOf = (ref: IssueRef): string => {
  const slug = ref.toString().replace(/[/#:]/g, "-")
  return slug.length <= slugMax ? slug : `${slug.slice(0, slugMax - 13)}-${shortHash(ref.toString())}`
}

/** The slug of an issue whose plain one is another issue's. */
export const hashedSlugOf = (ref: IssueRef): string => `${slugOf(ref)}-${shortHash(identityOf(ref)).slice(0, 8)}`

/** What locks of the issue are named after: one name for every spelling of it, and never that of another issue. */
export const lockNameOf = (ref: IssueRef): string => {
  const identity = identityOf(ref)
  return `${identity.replace(/[/#:]/g, "-").slice(0, slugMax)}-${shortHash(identity)}`
}

/**
 * `fix/issue-14` (`fix/-discuss` for `#-discuss`); `generation` 2 and up: `fix/issue-14-2`, and `fix/-discuss@2`, which
 * no other name of an issue can be. Two issues of a repository never share a branch.
 */
export const branchOf = (ref: IssueRef, generation = 1): string => {
  const id = ref.identifier
  if (/^\d+$/.test(id)) return `fix/issue-${id}${generation > 1 ? `-${generation}` : ""}`
  const name = id.startsWith("issue-") ? `${id}-${shortHash(id)}` : id
  return `fix/${name}${generation > 1 ? `@${generation}` : ""}`
}

const shortHash = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 12)

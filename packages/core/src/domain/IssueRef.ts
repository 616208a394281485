import { Result, Schema } from "effect"
import { ExitCode } from "./Failure.ts"

/** Text that was given where an issue was expected, and is none. */
export class InvalidIssueRef extends Schema.TaggedError<InvalidIssueRef>()("InvalidIssueRef", {
  input: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.usage
  override get message() {
    return `"${this.input}" names no issue: ${this.reason}`
  }
  get remedy() {
    return "Write it as host/owner/repo#14, owner/repo#14, or paste the issue's URL."
  }
}

/**
 * One issue of one repository: `host[:port]/owner[/subgroup…]/repo#identifier`. The identifier is a number, a free name
 * such as `-discuss`, or `pr-14` / `mr-14` for a pull request that no session owns.
 */
export class IssueRef extends Schema.Class<IssueRef>("@kugetsu/core/domain/IssueRef")({
  instance: Schema.String,
  /** `owner` or `group/subgroup`. */
  owner: Schema.String,
  repository: Schema.String,
  identifier: Schema.String,
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
  readonly pullRequestUrl: string | null
}

export interface ParseOptions {
  /** The host of `owner/repo#4`. */
  readonly defaultInstance: string
}

/** Every form a person types or pastes; see docs of the issue refs in README.md. */
export declare const parseReference: (text: string, options: ParseOptions) => Result.Result<Reference, InvalidIssueRef>

/** The canonical form only, as it stands in records. */
export declare const parseIssueRef: (text: string) => Result.Result<IssueRef, InvalidIssueRef>

/** The same issue, whatever the case of host, owner and repository. */
export declare const sameIssue: (a: IssueRef, b: IssueRef) => boolean

/** The ref as a file name: `/`, `#` and what file systems dislike become `-`. Not injective; see Sessions. */
export declare const slugOf: (ref: IssueRef) => string

/** `fix/issue-14` (`fix/-discuss` for `#-discuss`); `generation` 2 and up: `fix/issue-14-2`. */
export declare const branchOf: (ref: IssueRef, generation?: number) => string

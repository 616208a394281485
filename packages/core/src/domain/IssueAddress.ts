import { Result } from "effect"
import { faultOfText } from "./IssueRefParts.ts"

/** What the address of a forge's page says; its names are not checked yet. */
export interface IssueAddress {
  /** Host, owner and repository. */
  readonly project: ReadonlyArray<string>
  readonly identifier: string
  readonly pullRequestUrl: string | null
}

/** The path words before a number; pull requests with the prefix of their identifier. */
const prefixes: Readonly<Record<string, string>> = {
  issues: "",
  work_items: "",
  pull: "pr-",
  pulls: "pr-",
  merge_requests: "mr-",
}

const isNumber = (text: string | undefined): text is string => text !== undefined && /^[1-9]\d{0,17}$/.test(text)

/**
 * Reads the address of an issue or pull request, with or without its scheme. null: the text is no address, though it may
 * be a ref. The path is taken as it stands: nothing is decoded, so that nothing can hide.
 */
export const readIssueAddress = (text: string): Result.Result<IssueAddress | null, string> => {
  const fault = faultOfText(text)
  if (fault !== undefined) return Result.fail(fault)
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase() ?? null
  if (scheme !== null && scheme !== "https" && scheme !== "http") {
    return Result.fail("an address with https:// or http:// is expected")
  }
  const path = text
    .slice(scheme === null ? 0 : scheme.length + 3)
    .replace(/[?#].*$/, "")
    .replace(/\/$/, "")
    .split("/")
  const found = findNumber(path)
  if (found === null) {
    return scheme === null
      ? Result.succeed(null)
      : Result.fail("the address of an issue or of a pull request is expected, with its number")
  }
  const { word, number, rest } = found
  if (rest.some((part) => part === "" || part.includes("..") || part.includes("%"))) {
    return Result.fail(`nothing like "..", "//" or "%" is expected in an address`)
  }
  const project = [hostOf(path[0] ?? "", scheme), ...found.project]
  const prefix = prefixes[word] ?? ""
  return Result.succeed({
    project,
    identifier: prefix + number,
    pullRequestUrl: prefix === "" ? null : pullRequestUrl(scheme ?? "https", project, word, number),
  })
}

interface FoundNumber {
  readonly project: ReadonlyArray<string>
  readonly word: string
  readonly number: string
  readonly rest: ReadonlyArray<string>
}

/** GitLab sets `-` between project and page; elsewhere the first page word with a number behind it counts. */
const findNumber = ([, ...path]: ReadonlyArray<string>): FoundNumber | null => {
  const dash = path.indexOf("-")
  const from = dash === -1 ? 2 : dash + 1
  const at = path.findIndex((word, i) => i >= from && Object.hasOwn(prefixes, word) && isNumber(path[i + 1]))
  const word = path[at]
  const number = path[at + 1]
  if (
    at === -1 ||
    word === undefined ||
    !isNumber(number) ||
    (dash !== -1 && (at !== dash + 1 || path[0] === "groups"))
  ) {
    return null
  }
  return { project: path.slice(0, dash === -1 ? at : dash), word, number, rest: path.slice(at + 2) }
}

const hostOf = (authority: string, scheme: string | null): string =>
  authority.toLowerCase().replace(scheme === "http" ? /:80$/ : /:443$/, "")

const pullRequestUrl = (scheme: string, project: ReadonlyArray<string>, word: string, number: string): string => {
  const page = word === "merge_requests" ? "-/merge_requests" : project[0] === "github.com" ? "pull" : word
  return `${scheme}://${project.join("/")}/${page}/${number}`
}

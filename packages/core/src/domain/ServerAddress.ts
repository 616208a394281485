import { Result } from "effect"
import { instanceFault } from "./IssueRefParts.ts"

/**
 * The web address of a git server, from `https://host[:port][/path]` or a bare host: lower-case scheme and host, no
 * default port, no slash at its end. Fails with what is wrong, which holds nothing of the text: it may have credentials.
 */
export const readServerUrl = (text: string): Result.Result<string, string> => {
  const [, scheme = "https", authority = "", path = ""] =
    /^(?:(https?):\/\/)?([^/]*)(\/.*)?$/is.exec(text.replace(/\/+$/, "")) ?? []
  if (/^[^/]+:\/\//.test(text) && !/^https?:\/\//i.test(text))
    return Result.fail("it starts with neither https:// nor http://")
  if (authority.includes("@")) return Result.fail("it has a user name or credentials")
  const lower = scheme.toLowerCase()
  const instance = authority.toLowerCase().replace(lower === "http" ? /:80$/ : /:443$/, "")
  const fault = instanceFault(instance)
  if (fault !== undefined) return Result.fail(fault)
  if (!/^(\/[A-Za-z0-9_~][A-Za-z0-9._~-]*)*$/.test(path))
    return Result.fail("its path has characters that are not expected there")
  return Result.succeed(`${lower}://${instance}${path}`)
}

/** `host` or `host:port` of such an address, as it stands in issue refs. */
export const instanceOfServer = (url: string): string => url.replace(/^https?:\/\//, "").replace(/\/.*$/, "")

/** The path of such an address without its first slash; empty for most servers. */
export const subPathOfServer = (url: string): string => url.replace(/^https?:\/\/[^/]*\/?/, "")

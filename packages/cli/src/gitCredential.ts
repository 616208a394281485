import { type CredentialRequest, GitAccess } from "@kugetsu/core/GitAccess"
import { Effect } from "effect"

/** What git says on standard input: `key=value` lines up to an empty one. null: it does not say whose login is wanted. */
export const parseCredentialRequest = (input: string): CredentialRequest | null => {
  const values = new Map<string, string>()
  for (const line of input.split("\n")) {
    if (line === "") break
    const at = line.indexOf("=")
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1))
  }
  const [protocol, host] = [values.get("protocol"), values.get("host")]
  return protocol === undefined || host === undefined ? null : { protocol, host, path: values.get("path") ?? null }
}

/** A line break in a value would be a line of the protocol. */
const printable = (value: string): boolean => !/[\r\n\0]/.test(value)

/**
 * `kugetsu git-credential get|store|erase`: what to print for git. Tokens come from the env files alone, so that there is
 * nothing to store or to erase; without one nothing is said, and git reports that it has no login.
 */
export const gitCredential = Effect.fn("gitCredential")(function* (operation: string, input: string) {
  const request = operation === "get" ? parseCredentialRequest(input) : null
  if (request === null) return ""
  const found = yield* (yield* GitAccess).credential(request)
  if (found === null || !printable(found.username) || !printable(found.password)) return ""
  return `username=${found.username}\npassword=${found.password}\n`
})

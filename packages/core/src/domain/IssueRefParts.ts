/** Longer input is no ref, whatever it says. In characters. */
const textMax = 2000
/** Each name becomes a directory, with a suffix of ours. */
const nameMax = 200
const identifierMax = 100
const hostMax = 253

/** Control, format (bidi overrides, zero width), surrogate and unassigned characters; every kind of space. */
const unprintable = /[\p{C}\p{Z}]/u

/** What makes any text unfit, before its parts are looked at; undefined when nothing does. */
export const faultOfText = (text: string): string | undefined => {
  if (text === "") return "it is empty"
  if (text.length > textMax) return `at most ${textMax} characters are expected`
  if (unprintable.test(text)) return "it has spaces, control characters or invisible characters"
  if (text.includes("\\")) return `"/" is expected where it has a backslash`
  if (/^([^/]*:\/\/)?[^/]*@/.test(text)) return "a host is expected where it has a user name or credentials"
  return undefined
}

export const instanceFault = (instance: string): string | undefined => {
  const [host = "", port, ...more] = instance.split(":")
  if (host === "") return "the host is empty"
  if (host.length > hostMax || !/^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$/.test(host)) {
    return "a host name of letters, digits, dots and dashes is expected, with no leading dash"
  }
  if (more.length > 0 || (port !== undefined && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65535))) {
    return "a port from 1 to 65535 is expected"
  }
  return undefined
}

export const ownerFault = (owner: string): string | undefined => {
  if (owner.length > 2 * nameMax) return `an owner of at most ${2 * nameMax} characters is expected`
  for (const name of owner.split("/")) {
    const fault = nameFault("owner", name)
    if (fault !== undefined) return fault
    if (name.startsWith(".")) return "an owner without a leading dot is expected"
  }
  return undefined
}

export const repositoryFault = (repository: string): string | undefined => nameFault("repository", repository)

export const identifierFault = (identifier: string): string | undefined => {
  if (identifier === "") return `the issue's number is expected after the "#"`
  if (identifier.length > identifierMax) return `an identifier of at most ${identifierMax} characters is expected`
  if (!/^[A-Za-z0-9._-]+$/.test(identifier))
    return 'a number, or a name of letters, digits, ".", "_" and "-" is expected after the "#"'
  if (/^\d+$/.test(identifier) && !/^[1-9]\d{0,17}$/.test(identifier)) {
    return "a number from 1, without leading zeros, is expected"
  }
  // What git refuses in the name of a branch.
  if (/^\.|\.$|\.\.|\.lock$/i.test(identifier))
    return 'an identifier without "..", dots at its ends and ".lock" is expected'
  return undefined
}

const nameFault = (what: string, name: string): string | undefined => {
  if (name === "") return `the ${what} is empty`
  if (name.length > nameMax) return `the ${what} is expected to have at most ${nameMax} characters`
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return `the ${what} is expected to be of letters, digits, ".", "_" and "-"`
  if (name.startsWith("-")) return `the ${what} starts with a dash`
  if (name === "." || name.includes("..")) return `".." and "." are no ${what}`
  if (/\.git$/i.test(name)) return `the ${what} is expected without ".git"`
  return undefined
}

/** Refused text as it may be shown and logged: credentials and query masked, nothing invisible, 120 characters. */
export const presentable = (text: string): string => {
  const at = text.lastIndexOf("@")
  const unmasked = at === -1 ? text : `***${text.slice(at)}`
  const shown = unmasked
    .replace(/\?.*$/s, "?…")
    .replace(new RegExp(unprintable, "gu"), (c) => (c === " " ? c : `\\u{${c.codePointAt(0)?.toString(16)}}`))
  return shown.length <= 120 ? shown : `${shown.slice(0, 120)}…`
}

import { withoutShapes } from "./secretShapes.ts"

/** Whether a variable of that name holds what nobody may see. */
export const isSecretName = (key: string): boolean =>
  /TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL/i.test(key)

/** What stands for a value where people see it: not even its length is told. */
export const mask = (value: string): string => (value === "" ? "" : "***")

/** Whether text is what `mask` or the like made, so that the value itself is lost. */
export const isMasked = (text: string): boolean => wholeMask.test(text.trim()) || maskedLogin.test(text)

/** Nothing but a mask, or one after the beginning of a token, as others show them: `ghp_****`, `sk-…`, `[redacted]`. */
const wholeMask = /^(?:[A-Za-z][\w-]{0,11}[_-])?(?:\*{3,}|•{3,}|…)\w{0,4}$|^[[<(]?(?:redacted|masked|hidden)[\])>]$/i

const maskedLogin = /:\/\/(?:[^\s/@]*:)?\*{3,}@/

const authorization = /\b(authorization["']?\s*[:=]\s*["']?(?:[A-Za-z]+\s+)?|bearer\s+(?=[^\s"']{16}))[^\s"']+/gi

const assignment = /(?<!\w)(\w+)(=|["']\s*:\s*(?=["']))("[^"\n]*"|'[^'\n]*'|[^\s"'&]+)/g

/**
 * The text without passwords in addresses, and without what is called a secret or looks like a token. For words of git
 * and of servers, and for what is published; in a conversation about code it would take too much.
 */
export const withoutSecrets = (text: string): string =>
  withoutShapes(text)
    .replace(authorization, "$1***")
    .replace(assignment, (whole, name: string, sign: string) => (isSecretName(name) ? `${name}${sign}***` : whole))

/** The values of variables that nobody may see. */
export const secretsAmong = (variables: Iterable<readonly [name: string, value: string | undefined]>) =>
  [...variables].flatMap(([name, value]) => (isSecretName(name) && value !== undefined ? [value] : []))

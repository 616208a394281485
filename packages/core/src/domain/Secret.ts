/** Whether a variable of that name holds what nobody may see. */
export const isSecretName = (key: string): boolean =>
  /TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL/i.test(key)

/** What stands for a value where people see it: not even its length is told. */
export const mask = (value: string): string => (value === "" ? "" : "***")

/** Whether text is what `mask` made, so that the value itself is lost. */
export const isMasked = (text: string): boolean => /^\*{3,}$/.test(text.trim())

/** What tokens of forges, of providers of models and of clouds look like, and private keys. */
const tokenShapes = new RegExp(
  [
    "gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\\w{16,}",
    "gl(?:pat|ptt|dt|rt|rtr|cbt|ft|imt|agent|soat|oas|ffct)-[\\w-]{16,}(?:\\.[\\w-]+)*",
    "(?<![\\w-])sk-[\\w-]{16,}",
    "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b",
    "\\bxox[abeoprs]-[\\w-]{10,}|\\bAIza[\\w-]{35}|\\bhf_[A-Za-z0-9]{20,}|\\bnpm_[A-Za-z0-9]{20,}|\\bpypi-[\\w-]{20,}",
    "(?<![\\w-])eyJ[\\w-]{8,}\\.[\\w-]{8,}\\.[\\w-]*",
    "-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
  ].join("|"),
  "g",
)

const authorization = /\b(authorization["']?\s*[:=]\s*["']?(?:[A-Za-z]+\s+)?|bearer\s+(?=[^\s"']{16}))[^\s"']+/gi

const assignment = /(?<!\w)(\w+)(=|["']\s*:\s*(?=["']))("[^"\n]*"|'[^'\n]*'|[^\s"'&]+)/g

/** The text without passwords in addresses, and without what looks like a token. */
export const withoutTokens = (text: string): string =>
  text
    .replace(/([A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/)([^\s/]+)@/g, (whole, scheme: string, user: string) =>
      /^https?:/i.test(scheme) || user.includes(":") ? `${scheme}***@` : whole,
    )
    .replace(tokenShapes, "***")
    .replace(authorization, "$1***")

/** As `withoutTokens`, and without what is called a secret. */
export const withoutSecrets = (text: string): string =>
  withoutTokens(text).replace(assignment, (whole, name: string, sign: string) =>
    isSecretName(name) ? `${name}${sign}***` : whole,
  )

/** In characters. What is shorter stands in too many words to be known as a value. */
const shortestValue = 4

/** The values of variables that nobody may see. */
export const secretsAmong = (variables: Iterable<readonly [name: string, value: string | undefined]>) =>
  [...variables].flatMap(([name, value]) => (isSecretName(name) && value !== undefined ? [value] : []))

/** The text without these values, as they stand or as they are written in addresses, and lines of longer ones. */
export const withoutValues = (text: string, values: ReadonlyArray<string>): string =>
  [...new Set(values.flatMap(spellingsOf))]
    .sort((a, b) => b.length - a.length)
    .reduce((left, value) => left.replaceAll(value, "***"), text)

const spellingsOf = (value: string): ReadonlyArray<string> => {
  const plain = value.replace(/\r\n?/g, "\n").trim()
  const lines = plain.includes("\n") ? plain.split("\n").map((line) => line.trim()) : []
  return [plain, ...lines.filter((line) => line.length >= 16)]
    .filter((text) => text.length >= shortestValue)
    .flatMap((text) => [text, encodeURIComponent(text.toWellFormed())])
}

/** What tokens of forges, of providers of models and of clouds look like. */
const tokens = new RegExp(
  [
    "gh[pousrv]_[A-Za-z0-9]{16,}|github_pat_\\w{16,}",
    "gl(?:pat|ptt|dt|rt|rtr|cbt|ft|imt|agent|soat|oas|ffct)-[\\w-]{16,}(?:\\.[\\w-]+)*",
    "(?<![\\w-])sk-[\\w-]{16,}|(?<![\\w-])[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
    "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b",
    "\\bxox[abeoprs]-[\\w-]{10,}|\\bxapp-[\\w-]{16,}|(?<=hooks\\.slack\\.com/services/)[\\w/]{16,}",
    "\\bAIza[\\w-]{35}|\\bGOCSPX-[\\w-]{20,}|\\bya29\\.[\\w-]{20,}",
    "\\bhf_[A-Za-z0-9]{20,}|\\bnpm_[A-Za-z0-9]{20,}|\\bpypi-[\\w-]{20,}|\\bdckr_pat_[\\w-]{16,}",
    "(?<![\\w-])eyJ[\\w-]{8,}\\.[\\w-]{8,}\\.[\\w-]*",
    "\\bAGE-SECRET-KEY-1[A-Z0-9]{16,}",
  ].join("|"),
  "g",
)

/**
 * A private key, whatever stands before each of its lines; of one that is cut off, as far as its text goes on. A line
 * break may be written as \n.
 */
const privateKey =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^]{0,20000}?-----END [A-Z ]*PRIVATE KEY-----|(?:(?:\\[nr]|[\s>|│:\d])*[A-Za-z0-9+/=]{16,})*)/g

const login = /([A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/)([^\s/]+)@/g

const authorization = /(\bauthorization["']?\s*[:=]\s*["']?(?:basic|bearer|token)\s+)[\w+/.=~-]{6,}/gi
const bearer = /(\bbearer\s+)(?=[\w+/.=~-]*\d)[\w+/.=~-]{16,}/gi

/**
 * The text without what is a secret by its looks alone: tokens of known shapes, private keys, logins in addresses and in
 * headers.
 */
export const withoutShapes = (text: string): string =>
  text
    .replace(login, (whole, scheme: string, user: string) =>
      /^https?:/i.test(scheme) || user.includes(":") ? `${scheme}***@` : whole,
    )
    .replace(privateKey, "***")
    .replace(tokens, "***")
    .replace(authorization, "$1***")
    .replace(bearer, "$1***")

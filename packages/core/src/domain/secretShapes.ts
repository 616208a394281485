/** Where a word begins; a line break before it may be written as \n. */
const start = "(?:(?<![\\w-])|(?<=\\\\[nrt]))"

/** What tokens of forges, of providers of models and of clouds look like. */
const tokens = new RegExp(
  [
    "gh[pousrv]_[A-Za-z0-9]{16,}|github_pat_\\w{16,}",
    "gl(?:pat|ptt|dt|rt|rtr|cbt|ft|imt|agent|soat|oas|ffct)-[\\w-]{16,}(?:\\.[\\w-]+)*",
    `${start}(?:sk-[\\w-]{16,}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,})`,
    `${start}(?:AKIA|ASIA)[A-Z0-9]{16}\\b`,
    `${start}(?:xox[abeoprs]-[\\w-]{10,}|xapp-[\\w-]{16,})|(?<=hooks\\.slack\\.com/services/)[\\w/]{16,}`,
    `${start}(?:AIza[\\w-]{35}|GOCSPX-[\\w-]{20,}|ya29\\.[\\w-]{20,})`,
    `${start}(?:hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}|pypi-[\\w-]{20,}|dckr_pat_[\\w-]{16,})`,
    `${start}eyJ[\\w-]{8,}\\.[\\w-]{8,}\\.[\\w-]*`,
    `${start}AGE-SECRET-KEY-1[A-Z0-9]{16,}`,
  ].join("|"),
  "g",
)

/**
 * A private key, whatever stands before each of its lines; of one that is cut off, as far as its text goes on. A line
 * break may be written as \n.
 */
const privateKey =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^]{0,20000}?-----END [A-Z ]*PRIVATE KEY-----|(?:(?:\\+[nr]|[\s>|│:\d])*[A-Za-z0-9+/=]{16,})*)/g

const login = /([A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/)([^\s/]+)@/g

const authorization = /(\bauthorization["']?\s*[:=]\s*["']?(?:basic|bearer|token)\s+)[\w+/.=~-]{6,}/gi
const bearer = /(\bbearer\s+)(?=[\w+/.=~-]*\d)[\w+/.=~-]{16,}/gi

/** A part of a text: from, and up to. */
export type Span = readonly [start: number, end: number]

/**
 * Where a text has what is a secret by its looks alone: tokens of known shapes, private keys, logins in addresses and in
 * headers.
 */
export const shapesIn = (text: string): ReadonlyArray<Span> => [
  ...[...text.matchAll(login)]
    .filter(([, scheme = "", user = ""]) => /^https?:/i.test(scheme) || user.includes(":"))
    .map(({ 0: whole, 1: scheme = "", index }): Span => [index + scheme.length, index + whole.length - 1]),
  ...[privateKey, tokens, authorization, bearer].flatMap((pattern) => spansOf(text, pattern)),
]

/** What the pattern matches in it, without the first group. */
export const spansOf = (text: string, pattern: RegExp): ReadonlyArray<Span> =>
  [...text.matchAll(pattern)].map(({ 0: whole, 1: before = "", index }) => [
    index + before.length,
    index + whole.length,
  ])

/** The text with a mask for each span; one for those that overlap. */
export const withoutSpans = (text: string, spans: ReadonlyArray<Span>): string => {
  let [left, at] = ["", 0]
  for (const [start, end] of [...spans].sort(([a], [b]) => a - b)) {
    if (start >= at) left += `${text.slice(at, start)}***`
    at = Math.max(at, end)
  }
  return left + text.slice(at)
}

/** The text without what is a secret by its looks. */
export const withoutShapes = (text: string): string => withoutSpans(text, shapesIn(text))

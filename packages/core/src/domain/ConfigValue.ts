import { Option, Result } from "effect"
import { readServerUrl } from "./ServerAddress.ts"
import { readShellWords } from "./ShellLine.ts"

/** How the text of one key is understood. */
export interface ConfigReader<A> {
  /** A sentence: what a person may write. */
  readonly allowed: string
  readonly read: (text: string) => Option.Option<A>
}

const reader = <A>(allowed: string, read: (text: string) => Option.Option<A>): ConfigReader<A> => ({ allowed, read })

/** Text of one line that fits the pattern. */
export const matching = (pattern: RegExp, allowed: string): ConfigReader<string> =>
  reader(allowed, (text) => (pattern.test(text) && !/\p{Cc}/u.test(text) ? Option.some(text) : Option.none()))

/** A program and its arguments; what would need a shell could never be run. */
export const commandLine: ConfigReader<string> = reader(
  "Allowed: a program and its arguments on one line; what needs a shell belongs in a script.",
  (text) => {
    const [program = ""] = Result.getOrElse(readShellWords(text, { home: "/" }), () => [])
    return program === "" || /\p{Cc}/u.test(text) ? Option.none() : Option.some(text)
  },
)

/** null for empty text, which is what an unset key is. */
export const optional = <A>({ allowed, read }: ConfigReader<A>): ConfigReader<A | null> =>
  reader(allowed, (text): Option.Option<A | null> => (text === "" ? Option.some(null) : read(text)))

export const oneOf = <const A extends string>(...words: ReadonlyArray<A>): ConfigReader<A> =>
  reader(`Allowed: ${words.join(", ")}.`, (text) => Option.fromNullishOr(words.find((word) => word === text)))

export const trueOrFalse: ConfigReader<boolean> = reader("Allowed: true or false.", (text) => {
  if (/^(true|yes|on|1)$/i.test(text)) return Option.some(true)
  return /^(false|no|off|0)$/i.test(text) ? Option.some(false) : Option.none()
})

export const wholeNumber = (min: number, max: number): ConfigReader<number> =>
  reader(`Allowed: a whole number from ${min} to ${max}.`, (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return number >= min && number <= max ? Option.some(number) : Option.none()
  })

const units = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 }

/** Milliseconds, from a number of `unit`, fractions allowed; above zero unless `from` is 0. */
export const duration = (
  unit: keyof typeof units,
  bounds: { readonly from?: 0; readonly to: number },
): ConfigReader<number> =>
  reader(
    `Allowed: ${unit}, ${bounds.from === 0 ? "from" : "more than"} 0, up to ${bounds.to}; fractions too.`,
    (text) => {
      const number = /^(\d{1,15}(\.\d{0,15})?|\.\d{1,15})$/.test(text) ? Number(text) : Number.NaN
      const ms = Math.round(number * units[unit])
      return number <= bounds.to && ms >= (bounds.from ?? 1) ? Option.some(ms) : Option.none()
    },
  )

export const absolutePath: ConfigReader<string> = matching(/^\//, "Allowed: an absolute path; ~ and $HOME are known.")

/** A name that git takes for a branch; `origin/` in front, as the first kugetsu had it, is dropped. */
export const branchName: ConfigReader<string> = reader("Allowed: a branch of the remote, such as main.", (text) => {
  const name = text.replace(/^origin\//, "")
  const bad = /^[-/]|[\s~^:?*[\\\p{C}]|\.\.|@\{|\/\/|(^|\/)\.|\.lock(\/|$)|[./]$|^@?$/u.test(name)
  return bad ? Option.none() : Option.some(name)
})

export interface NamedServer {
  readonly name: string
  readonly url: string
}

/** `name=url`, a URL, or a host. */
const readNamedServer = (text: string): Option.Option<NamedServer> => {
  const [, name, address = ""] = /^(?:([A-Za-z0-9][A-Za-z0-9._:-]*)=)?(.+)$/s.exec(text) ?? []
  return Option.map(Result.getSuccess(readServerUrl(address)), (url) => ({
    name: name ?? url.replace(/^https?:\/\//, ""),
    url,
  }))
}

/** Any number of servers with blanks or commas between them. */
export const servers: ConfigReader<ReadonlyArray<NamedServer>> = reader(
  "Allowed: hosts, URLs or name=URL, without credentials, with blanks between them; or an array of these.",
  (text) =>
    Option.all(
      text
        .split(/[\s,]+/)
        .filter((part) => part !== "")
        .map(readNamedServer),
    ),
)

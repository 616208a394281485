/** A clone address taken apart. Ports and user names stay in `origin` and `port`; a local path has neither. */
export interface CloneUrl {
  readonly transport: "https" | "http" | "ssh" | "git" | "file" | "other"
  /** Lower case; null for a local path. */
  readonly host: string | null
  readonly port: string | null
  /** Without the slashes at its ends and without `.git`. */
  readonly path: string
}

const withScheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:[^/]*@)?(\[[^\]]*\]|[^/:@]*)(?::(\d+))?(\/.*)?$/s
const withHelper = /^[A-Za-z0-9]+::/
const scpLike = /^(?:[^/@:]+@)?(\[[^\]]+\]|[^/:[]+):(.*)$/s

const token = /gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}/g

/** Reads an address as git does: a scheme, `helper::…`, `[user@]host:path`, or a path. */
export const readCloneUrl = (url: string): CloneUrl => {
  const [scheme, name = "", host = "", port = null, path = ""] = withScheme.exec(url) ?? []
  if (scheme !== undefined) {
    const transport = transportOf(name.toLowerCase())
    return { transport, host: transport === "file" ? null : host.toLowerCase(), port, path: bare(path) }
  }
  if (withHelper.test(url)) return { transport: "other", host: null, port: null, path: url }
  const [remote, scpHost = "", scpPath = ""] = scpLike.exec(url) ?? []
  return remote === undefined
    ? { transport: "file", host: null, port: null, path: bare(url) }
    : { transport: "ssh", host: scpHost.toLowerCase(), port: null, path: bare(scpPath) }
}

const transportOf = (scheme: string): CloneUrl["transport"] => {
  if (scheme === "https" || scheme === "http" || scheme === "git" || scheme === "file") return scheme
  return scheme === "ssh" || scheme === "git+ssh" || scheme === "ssh+git" ? "ssh" : "other"
}

const isHttp = (transport: CloneUrl["transport"]) => transport === "https" || transport === "http"

const bare = (path: string) => path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "")

/** `host` or `host:port`, as servers are named. */
export const hostOf = (url: CloneUrl): string => `${url.host ?? ""}${url.port === null ? "" : `:${url.port}`}`

/** What git matches `credential.<origin>` and `http.<origin>` by; null where there is no HTTP. */
export const httpOrigin = (url: CloneUrl): string | null =>
  isHttp(url.transport) ? `${url.transport}://${hostOf(url)}` : null

/** Whether two addresses are one repository reached in two ways: same host and path, whatever transport and port. */
export const sameRepository = (a: CloneUrl, b: CloneUrl): boolean => a.host === b.host && a.path === b.path

/** Whether a plain connection to that host never leaves this machine. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(host.replace(/:\d+$/, ""))

/** The text without passwords in addresses and without anything that looks like a forge's token. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^\s/]+)@/g, (whole, scheme: string, user: string) =>
      /^https?:/i.test(scheme) || user.includes(":") ? `${scheme}***@` : whole,
    )
    .replace(token, "***")

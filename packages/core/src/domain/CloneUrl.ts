import { Result } from "effect"

/** A clone address taken apart. */
export interface CloneUrl {
  readonly transport: "https" | "http" | "ssh" | "git" | "file" | "other"
  /** Lower case; null for a local path. */
  readonly host: string | null
  readonly port: string | null
  /** Without the slashes at its ends and without `.git`. */
  readonly path: string
}

/** Why git is not given an address. It holds nothing of the address, which may have credentials. */
export interface CloneUrlFault {
  readonly reason: string
  /** What to write instead. */
  readonly allowed: string
}

/**
 * An address as one may be configured: only what moves objects, which is https, http, ssh, `[user@]host:path`, file://
 * and absolute paths, without a password or token in it.
 */
export const parseCloneUrl = (text: string): Result.Result<CloneUrl, CloneUrlFault> => {
  const parts = partsOf(text)
  const fault = faultOf(text, parts)
  return fault === null ? Result.succeed(addressOf(parts)) : Result.fail(fault)
}

/** Any address as git understands it, also one that kugetsu would not give to git. */
export const readCloneUrl = (text: string): CloneUrl => addressOf(partsOf(text))

/** The forms of an address. Everything stands as it was written. */
type Parts =
  | ({ readonly form: "url"; readonly scheme: string } & RemoteParts)
  /** `[user@]host:path`, which ssh is called for. */
  | ({ readonly form: "scp" } & RemoteParts)
  /** `name::anything`: the program git-remote-name is called. */
  | { readonly form: "helper"; readonly path: string }
  | { readonly form: "path"; readonly path: string }

interface RemoteParts {
  /** What stands before the `@`; null: there is none. */
  readonly login: string | null
  /** null: what stands there can be no host with a port. */
  readonly host: string | null
  readonly port: string | null
  readonly path: string
}

const urlForm = /^([^/:]*):\/\/([^/]*)(.*)$/s
const authorityForm = /^(?:(.*)@)?(\[[^\]]*\]|[^:@]*)(?::(\d+))?$/s
const helperForm = /^[A-Za-z0-9+.-]*::/
const scpForm = /^(?:([^/@:]+)@)?(\[[^\]]+\]|[^/:[]+):(.*)$/s

const partsOf = (text: string): Parts => {
  if (helperForm.test(text)) return { form: "helper", path: text }
  const [url, scheme = "", authority = "", path = ""] = urlForm.exec(text) ?? []
  if (url !== undefined) {
    const [, login = null, host = null, port = null] = authorityForm.exec(authority) ?? []
    return { form: "url", scheme: scheme.toLowerCase(), login, host, port, path }
  }
  const [scp, login = null, host = "", scpPath = ""] = scpForm.exec(text) ?? []
  return scp === undefined ? { form: "path", path: text } : { form: "scp", login, host, port: null, path: scpPath }
}

const addressOf = (parts: Parts): CloneUrl => {
  switch (parts.form) {
    case "helper":
      return { transport: "other", host: null, port: null, path: parts.path }
    case "path":
      return { transport: "file", host: null, port: null, path: bare(parts.path) }
    case "scp":
    case "url": {
      const transport = parts.form === "scp" ? "ssh" : transportOf(parts.scheme)
      const host = transport === "file" ? null : (parts.host?.toLowerCase() ?? "")
      return { transport, host, port: parts.port, path: bare(parts.path) }
    }
  }
}

const transportOf = (scheme: string): CloneUrl["transport"] => {
  if (scheme === "https" || scheme === "http" || scheme === "git" || scheme === "file") return scheme
  return scheme === "ssh" || scheme === "git+ssh" || scheme === "ssh+git" ? "ssh" : "other"
}

const bare = (path: string) => path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "")

const usual = "Allowed: https, http, ssh, git@host:owner/repo.git, file:// and absolute paths."
const secret = "Take it out of the address, and run: kugetsu env set GITHUB_TOKEN - (or GITLAB_TOKEN, GITEA_TOKEN)."

const fault = (reason: string, allowed = usual): CloneUrlFault => ({ reason, allowed })

const faultOf = (text: string, parts: Parts): CloneUrlFault | null => {
  if (text === "") return fault("the address is empty")
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text)) return fault("the address has control characters")
  switch (parts.form) {
    case "helper":
      return fault("the address names a transport helper, which is a program to run")
    case "path":
      return parts.path.startsWith("/") ? null : fault(neither)
    case "scp":
      return isRemote(parts) && /^(?!-)[^\s\\@]+$/.test(parts.path) ? null : fault(neither)
    case "url":
      return urlFault(parts)
  }
}

const neither = "the address is neither a URL, nor git@host:owner/repo.git, nor an absolute path"

const urlFault = (parts: Extract<Parts, { form: "url" }>): CloneUrlFault | null => {
  switch (parts.scheme) {
    case "file":
      return /^(localhost)?$/i.test(parts.host ?? "-") && (parts.login ?? parts.port) === null && parts.path !== ""
        ? null
        : fault("file:// needs an absolute path")
    case "https":
    case "http":
      if (parts.login !== null) return fault("the address has credentials in it", secret)
      return isRemote(parts) && /^\/[^\s?#\\]+$/.test(parts.path)
        ? null
        : fault("the address is not https://host/owner/repo.git, or has a query")
    case "ssh":
      if (parts.login?.includes(":")) return fault("the address has a password in it", secret)
      return isRemote(parts) && /^\/(?!-)[^\s\\]+$/.test(parts.path)
        ? null
        : fault("the address is not ssh://git@host/owner/repo.git")
    default:
      return fault("git is not asked to reach a repository in this way")
  }
}

/** Neither login nor host could be taken for an option. */
const isRemote = ({ host, login, port }: RemoteParts): boolean =>
  /^(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])$/i.test(host ?? "") &&
  /^[a-z0-9_][a-z0-9._~+-]*$/i.test(login ?? "_") &&
  /^\d{1,5}$/.test(port ?? "0")

/** `host` or `host:port`, as servers are named. */
export const hostOf = (url: CloneUrl): string => `${url.host ?? ""}${url.port === null ? "" : `:${url.port}`}`

/** What git matches `credential.<origin>` and `http.<origin>` by; null where there is no HTTP. */
export const httpOrigin = (url: CloneUrl): string | null =>
  url.transport === "https" || url.transport === "http" ? `${url.transport}://${hostOf(url)}` : null

/**
 * Whether two addresses are one repository reached in two ways: same host and path, whatever transport and port. Forges
 * do not tell `Owner/Repo` from `owner/repo`; a file system may.
 */
export const sameRepository = (a: CloneUrl, b: CloneUrl): boolean =>
  a.host === b.host && (a.host === null ? a.path === b.path : a.path.toLowerCase() === b.path.toLowerCase())

/** Whether a plain connection to that host never leaves this machine. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(host.replace(/:\d+$/, ""))

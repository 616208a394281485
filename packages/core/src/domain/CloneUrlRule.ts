/** Why git is not given an address. It holds nothing of the address, which may have credentials. */
export interface CloneUrlFault {
  readonly reason: string
  /** What to write instead. */
  readonly allowed: string
}

const usual = "Allowed: https, http, ssh, git@host:owner/repo.git, file:// and absolute paths."
const secret = "Take it out of the address, and run: kugetsu env set GITHUB_TOKEN - (or GITLAB_TOKEN, GITEA_TOKEN)."

const fault = (reason: string, allowed = usual): CloneUrlFault => ({ reason, allowed })

/**
 * undefined: git may be given this address. Allowed is what only moves objects: https, http, ssh, `[user@]host:path`,
 * file:// and absolute paths, without a password or token in them.
 */
export const cloneUrlFault = (url: string): CloneUrlFault | undefined => {
  if (url === "") return fault("the address is empty")
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(url)) return fault("the address has control characters")
  if (url.startsWith("/")) return undefined
  if (/^[A-Za-z0-9+.-]*::/.test(url)) return fault("the address names a transport helper, which is a program to run")
  const scheme = /^([^/:]*):\/\//.exec(url)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined:
      return scpFault(url)
    case "file":
      return /^file:\/\/(localhost)?\//i.test(url) ? undefined : fault("file:// needs an absolute path")
    case "https":
    case "http":
      return httpFault(url)
    case "ssh":
      return sshFault(url)
    default:
      return fault("git is not asked to reach a repository in this way")
  }
}

const host = String.raw`(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])`
const user = String.raw`[A-Za-z0-9_][A-Za-z0-9._~+-]*`

const matches = (pattern: string, url: string) => new RegExp(`^${pattern}$`, "is").test(url)

const httpFault = (url: string): CloneUrlFault | undefined => {
  if (/^https?:\/\/[^/]*@/i.test(url)) return fault("the address has credentials in it", secret)
  return matches(String.raw`https?:\/\/${host}(?::\d{1,5})?\/[^\s?#\\]+`, url)
    ? undefined
    : fault("the address is not https://host/owner/repo.git, or has a query")
}

const sshFault = (url: string): CloneUrlFault | undefined => {
  if (/^ssh:\/\/[^/]*:[^/]*@/i.test(url)) return fault("the address has a password in it", secret)
  return matches(String.raw`ssh:\/\/(?:${user}@)?${host}(?::\d{1,5})?\/(?!-)[^\s\\]+`, url)
    ? undefined
    : fault("the address is not ssh://git@host/owner/repo.git")
}

const scpFault = (url: string): CloneUrlFault | undefined =>
  matches(String.raw`(?:${user}@)?${host}:(?!-)[^\s\\@]+`, url)
    ? undefined
    : fault("the address is neither a URL, nor git@host:owner/repo.git, nor an absolute path")

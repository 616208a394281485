import { Schema } from "effect"
import { hostOf, readCloneUrl } from "../domain/CloneUrl.ts"
import { ExitCode } from "../domain/Failure.ts"
import { withoutSecrets } from "../domain/Secret.ts"

export const UnreachableReason = Schema.Literals([
  "authentication",
  "not_found",
  "host",
  "host_key",
  "certificate",
  "timeout",
  "other",
])
export type UnreachableReason = typeof UnreachableReason.Type

/** The remote did not let us read or write it. */
export class RemoteUnreachable extends Schema.TaggedError<RemoteUnreachable>()("RemoteUnreachable", {
  /** Without secrets. */
  url: Schema.String,
  reason: UnreachableReason,
  /** git's own words, without secrets. */
  detail: Schema.String,
  /** The variable that a token for it goes by; null where no token helps. */
  token: Schema.NullOr(Schema.String),
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.url} ${complaints[this.reason]}: ${this.detail}`
  }
  get remedy() {
    const url = readCloneUrl(this.url)
    const host = hostOf(url)
    const token = this.token === null ? null : `kugetsu env set ${this.token} -`
    switch (this.reason) {
      case "authentication":
        return token !== null
          ? `Store a token that may read and write it with \`${token}\`, or set up a git credential helper of your own.`
          : `Load a key the server knows into your SSH agent (ssh-add -l lists them) and try \`ssh -T ${sshTarget(this.url, url.port)}\`; the agent must be reachable through SSH_AUTH_SOCK.`
      case "not_found":
        return token !== null
          ? `Check the address. A private repository looks the same as none: \`${token}\` stores a token. repos.json can name another address.`
          : "Check the address, and that you may read it. repos.json can name another one."
      case "host":
        return `Check the network, the name ${host} and the proxy settings, and try again.`
      case "host_key":
        return `The server's key is not the known one. If that is expected, remove the old one with \`ssh-keygen -R ${host.replace(/^(.*):(\d+)$/, "'[$1]:$2'")}\`.`
      case "certificate":
        return `Name the certificate authority's file with kugetsu server add ${host} https://${host} --ca FILE, or in GIT_SSL_CAINFO.`
      case "timeout":
      case "other":
        return `Run \`GIT_TERMINAL_PROMPT=0 git ls-remote '${this.url}'\` and look at what it says.`
    }
  }
}

const complaints: Readonly<Record<UnreachableReason, string>> = {
  authentication: "refused the login",
  not_found: "is not there, or not for us",
  host: "cannot be reached",
  host_key: "showed another host key",
  certificate: "showed a certificate that is not trusted",
  timeout: "did not answer in time",
  other: "could not be read",
}

const sshTarget = (url: string, port: string | null): string => {
  const login = /^(?:[a-z+]+:\/\/)?([^/:]*(?:\[[^\]]*\])?)/i.exec(url)?.[1] ?? ""
  return port === null ? login : `-p ${port} ${login}`
}

/** The first pattern that fits decides; git and ssh speak English here (LC_ALL=C). */
const signs: ReadonlyArray<readonly [RegExp, UnreachableReason]> = [
  [/host key verification failed|remote host identification has changed/i, "host_key"],
  [/certificate|SSL CA cert|SSL peer|unable to get local issuer/i, "certificate"],
  [/authentication failed|could not read (username|password)|invalid (username|credentials)/i, "authentication"],
  [/permission denied \(|too many authentication failures|returned error: 40[13]|access denied/i, "authentication"],
  [
    /could not resolve|couldn't connect|failed to connect|unable to connect|connection (refused|reset|timed out)/i,
    "host",
  ],
  [/operation timed out|network is unreachable|no route to host|connection closed/i, "host"],
  [/not found|does not appear to be a git repository|does not exist|could not be found|no such file/i, "not_found"],
]

/** null: nothing in the text speaks of a remote. */
export const reasonOf = (stderr: string): UnreachableReason | null =>
  signs.find(([pattern]) => pattern.test(stderr))?.[1] ?? null

const noise = /^(please make sure|and the repository exists|warning: permanently added|cloning into|hint:|$)/i

/** What git said, on one line, without secrets and without its standard advice. */
export const essence = (stderr: string): string => {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => !noise.test(line))
  return withoutSecrets(lines.join("; ")).slice(-1000) || "git said nothing"
}

import { Context, Schema, type Effect } from "effect"
import type { ConfigInvalid } from "./domain/Config.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { HomeUnusable } from "./system/Files.ts"
import type { RecordUnreadable } from "./system/JsonFile.ts"

export const ForgeType = Schema.Literals(["github", "gitlab", "gitea"])
export type ForgeType = typeof ForgeType.Type

/** A git server as the person configured it, or as its host name tells. */
export interface Server {
  readonly name: string
  /** The address people open in a browser, without a trailing slash; may have a port and a sub-path. */
  readonly url: string
  /** null: not known yet. */
  readonly type: ForgeType | null
  readonly clone: "https" | "ssh"
  /** A file with the certificate authority's certificate. */
  readonly ca: string | null
}

/** Where repositories live: servers.json, GIT_SERVERS, repos.json. */
export class Servers extends Context.Service<
  Servers,
  {
    readonly list: Effect.Effect<ReadonlyArray<Server>, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** The server of a host (`host` or `host:port`); one is made up from the name when nothing is configured. */
    readonly forInstance: (instance: string) => Effect.Effect<Server, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** The host that `owner/repo#4` means. */
    readonly defaultInstance: Effect.Effect<string, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** repos.json by ref, then by `host/owner/repo`, then the server's own address. */
    readonly cloneUrl: (ref: IssueRef) => Effect.Effect<string, ConfigInvalid | RecordUnreadable | HomeUnusable>
  }
>()("@kugetsu/core/Servers") {}

import { randomBytes } from "node:crypto"
import { pinnedVersion } from "./OpencodeBinary.ts"
import type { PermissionRule } from "./PermissionRules.ts"
import type { SessionExport } from "./SessionExport.ts"

/** What a session gets when it is imported. `opencode import` itself binds it to the directory it runs in. */
export interface Binding {
  readonly directory: string
  readonly title: string
  readonly permission: ReadonlyArray<PermissionRule>
  /** Unix time, milliseconds. */
  readonly now: number
}

/** A session without messages, under a fresh id. */
export const emptyDocument = (binding: Binding): SessionExport => {
  const id = newSessionId(binding.now)
  return bind(
    {
      info: { id, slug: id, version: pinnedVersion, time: { created: binding.now, updated: binding.now } },
      messages: [],
    } as SessionExport,
    binding,
  )
}

/** The same session again, under its own ids. */
export const restoredDocument = (exported: SessionExport, binding: Binding): SessionExport => bind(exported, binding)

/** A copy of the conversation as a session of its own: no id in it is one of the original's. */
export const copiedDocument = (exported: SessionExport, binding: Binding): SessionExport =>
  bind(rekey(exported, newSessionId(binding.now)), binding)

/**
 * The same conversation under the id of another session. The messages keep theirs, by which the context knows
 * them: a private database has no others.
 */
export const continuedDocument = (exported: SessionExport, now: number): SessionExport =>
  replaceStrings(exported, new Map([[exported.info.id, newSessionId(now)]]))

/** What ties a session to where it came from. */
const ties = ["parentID", "workspaceID", "share", "revert"]

const bind = (document: SessionExport, { directory, permission, title }: Binding): SessionExport => {
  const info: Record<string, unknown> = { ...document.info }
  for (const tie of ties) delete info[tie]
  return {
    ...document,
    info: { ...info, id: document.info.id, projectID: "global", directory, permission, title } as SessionExport["info"],
  }
}

/** Prefix and twelve digits of time, by which opencode sorts; the rest is random. */
const ORDERED_LENGTH = 16

const rekey = (document: SessionExport, session: string): SessionExport => {
  const ids = document.messages.flatMap((message) => [message.info.id, ...message.parts.map((part) => part.id)])
  const fresh = freshIds(ids)
  fresh.set(document.info.id, session)
  return replaceStrings(document, fresh)
}

/** Fresh ids in the same order: ids with the same beginning get ends that sort as theirs did. */
const freshIds = (ids: ReadonlyArray<string>): Map<string, string> => {
  const sorted = [...new Set(ids)].sort()
  const groups = Map.groupBy(sorted, (id) => id.slice(0, ORDERED_LENGTH))
  return new Map(
    [...groups].flatMap(([beginning, group]) => {
      const ends = group.map(() => randomEnd()).sort()
      return group.map((id, i) => [id, beginning + ends[i]] as const)
    }),
  )
}

/** Replaces whole strings wherever they stand: an id is referred to from many places. */
const replaceStrings = <A>(value: A, replacements: ReadonlyMap<string, string>): A => {
  if (typeof value === "string") return (replacements.get(value) ?? value) as A
  if (Array.isArray(value)) return value.map((item) => replaceStrings(item, replacements)) as A
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceStrings(item, replacements)])) as A
}

/** As opencode makes them: the time counts down, so that the newest session sorts first. */
export const newSessionId = (now: number): string => {
  const countdown = ~(BigInt(now) * 0x1000n) & 0xffff_ffff_ffffn
  return `ses_${countdown.toString(16).padStart(12, "0")}${randomEnd()}`
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const randomEnd = (): string => [...randomBytes(14)].map((byte) => alphabet[byte % alphabet.length]).join("")

import type { SessionExport } from "./SessionExport.ts"

type Redact = (text: string) => string

/** What opencode goes by when it imports a session: never anybody's words. */
const structure = new Set(
  "id sessionID messageID parentID projectID workspaceID callID slug version type role status tool mime mode agent reason providerID modelID variant time".split(
    " ",
  ),
)

/** Where even names are what an agent or a tool wrote. */
const written = new Set(["input", "metadata", "raw"])

/** The session with `redact` done to all that anybody wrote in it, and the same messages and parts as before. */
export const maskExport = (document: SessionExport, redact: Redact): SessionExport =>
  maskBelow(document, redact) as SessionExport

const maskBelow = (value: unknown, redact: Redact): unknown => {
  if (typeof value === "string") return redact(value)
  if (Array.isArray(value)) return value.map((item) => maskBelow(item, redact))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (structure.has(key) && typeof item !== "object") return [key, item]
      return [key, written.has(key) ? maskAll(item, redact) : maskBelow(item, redact)]
    }),
  )
}

const maskAll = (value: unknown, redact: Redact): unknown => {
  if (typeof value === "string") return redact(value)
  if (Array.isArray(value)) return value.map((item) => maskAll(item, redact))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), maskAll(item, redact)]))
}

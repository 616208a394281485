import { Effect, Result } from "effect"
import { readIssueAddress } from "./domain/IssueAddress.ts"
import { type ForgePlace, namedPlace, pageOf } from "./ForgePlace.ts"
import type { Servers } from "./Servers.ts"

/** The pull request that an address means, where it is one of the repository at that place; null: it is not. */
export const pullRequestAt = Effect.fn("pullRequestAt")(function* (
  servers: Servers["Service"],
  place: ForgePlace,
  address: string,
) {
  const read = Result.getOrElse(readIssueAddress(address), () => null)
  if (read === null || read.pullRequestUrl === null) return null
  const [instance = "", ...path] = read.project
  // compared as places: a server goes by its name, too, and may have a path of its own
  if (pageOf(yield* namedPlace(servers, instance, path.join("/"))) !== pageOf(place)) return null
  return { number: Number(read.identifier.replace(/^[pm]r-/, "")), url: read.pullRequestUrl }
})

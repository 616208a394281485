import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { unanswered } from "./Unanswered.ts"

export const pathOf = ({ name, owner }: Repository): string =>
  `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`

/** A page of a list that must say how many it has in all; 50 is the most that servers give. */
export const countedPage = Effect.fnUntraced(function* <A>(
  api: ForgeApi,
  operation: string,
  path: string,
  item: Schema.ConstraintDecoder<A>,
  page: number,
) {
  const { body, headers } = yield* ask(api, operation, Schema.Array(item), (signal) =>
    request(api, `${path}${path.includes("?") ? "&" : "?"}limit=50&page=${page}`, signal),
  )
  const total = String(headers["x-total-count"])
  if (/^\d+$/.test(total)) return { items: body, more: false, total: Number(total) }
  return yield* unanswered({
    host: api.host,
    operation,
    reason: "bad_answer",
    detail: "it does not say how many there are",
  })
})

import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request } from "./ForgeApi.ts"

/** On all of them. */
const Person = Schema.Struct({ id: Schema.Int })

/** Asks whose the token is. A good one may be forbidden to ask that: the token of an app is nobody's. */
export const presentToken = (api: ForgeApi) =>
  Effect.asVoid(ask(api, "whose the token is", Person, (signal) => request(api, "/user", signal))).pipe(
    Effect.withSpan("presentToken"),
  )

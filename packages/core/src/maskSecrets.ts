import { Effect } from "effect"
import { withoutTokens, withoutValues } from "./domain/Secret.ts"
import { knownSecrets } from "./knownSecrets.ts"

/**
 * Takes out of a text what nobody may read: the values of secrets that are known now, what looks like a token, and
 * passwords in addresses. Ordinary values stay, whatever they are assigned to: the text may be code.
 */
export const maskSecrets = Effect.map(
  knownSecrets,
  (values) =>
    (text: string): string =>
      withoutTokens(withoutValues(text, values)),
).pipe(Effect.withSpan("maskSecrets"))

import { Effect } from "effect"

/** What keeps going wrong, by what it concerns, in the words it was last logged in. */
export type Troubles = Map<string, string>

/** Logs what begins or changes, and not again at every look. */
export const logTrouble = (troubles: Troubles, about: string, message: string) =>
  Effect.suspend(() => {
    if (troubles.get(about) === message) return Effect.void
    troubles.set(about, message)
    return Effect.logError(message)
  })

/** A part of a look that keeps nothing else from being done, and is tried again with the next look. */
export const attempted = <A, E extends { readonly message: string }, R>(
  troubles: Troubles,
  about: string,
  part: Effect.Effect<A, E, R>,
) =>
  Effect.matchEffect(part, {
    onSuccess: () => Effect.sync(() => void troubles.delete(about)),
    onFailure: ({ message }) => logTrouble(troubles, about, `${about}: ${message}; it is tried again`),
  })

import { TransportFailure } from "./TransportFailure.ts"

/** The longest that a forge's word is taken for, in milliseconds: the window of the largest forges. */
const longest = 3600_000

/** For a forge that does not say until when, in milliseconds. */
const usual = 60_000

/** What all calls of this process to one forge may still ask: nothing, from its "not before" until then. */
export class RateBudget {
  #until = 0

  /** Throws where the forge wants to be left alone at `now` (milliseconds since the epoch). */
  spend(now: number): void {
    if (now >= this.#until) return
    const detail = `it asked not to be asked before ${new Date(this.#until).toISOString()}`
    throw new TransportFailure({
      reason: "rate_limited",
      detail,
      said: null,
      status: null,
      until: this.#until,
      transient: true,
    })
  }

  learn(failure: TransportFailure, now: number): void {
    if (failure.reason === "rate_limited")
      this.#until = Math.max(this.#until, Math.min(failure.until ?? now + usual, now + longest))
  }
}

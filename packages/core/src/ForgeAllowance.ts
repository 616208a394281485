import { Context } from "effect"

/** How much may still be asked of forges for one purpose: so many calls, and so long (milliseconds) in all. */
export class Allowance {
  #calls: number
  #ms: number

  constructor(limits: { readonly calls?: number; readonly ms?: number }) {
    this.#calls = limits.calls ?? Number.POSITIVE_INFINITY
    this.#ms = limits.ms ?? Number.POSITIVE_INFINITY
  }

  /** Whether one more call may be made; that one is then used up. */
  takeCall(): boolean {
    return this.#calls-- > 0
  }

  /** For answers, in milliseconds; 0: none is waited for any more. */
  get msLeft(): number {
    return Math.max(0, this.#ms)
  }

  waited(ms: number): void {
    this.#ms -= ms
  }

  get isSpent(): boolean {
    return this.#calls <= 0 || this.#ms <= 0
  }
}

/** The allowance of whatever is being done; null: every question has its own limits, and there is no other. */
export const ForgeAllowance = Context.Reference<Allowance | null>("@kugetsu/core/ForgeAllowance", {
  defaultValue: () => null,
})

import { Schema } from "effect"
import { Tokens, type TurnReport } from "./TurnReport.ts"

/** What turns took of a model. */
export const Usage = Schema.Struct({
  /** Turns that are summed up. */
  runs: Schema.Int,
  tokens: Tokens,
  /** US dollars, as the agent reckons them; 0 where it knows no price. */
  cost: Schema.Finite,
})
export type Usage = typeof Usage.Type

export const noUsage: Usage = {
  runs: 0,
  tokens: { input: 0, output: 0, reasoning: 0, cache_read: 0, cache_write: 0 },
  cost: 0,
}

/** null: no agent was started, or what it wrote could not be read. */
export const withTurn = (sum: Usage, turn: Pick<TurnReport, "tokens" | "cost"> | null): Usage =>
  turn === null
    ? sum
    : {
        runs: sum.runs + 1,
        tokens: {
          input: sum.tokens.input + turn.tokens.input,
          output: sum.tokens.output + turn.tokens.output,
          reasoning: sum.tokens.reasoning + turn.tokens.reasoning,
          cache_read: sum.tokens.cache_read + turn.tokens.cache_read,
          cache_write: sum.tokens.cache_write + turn.tokens.cache_write,
        },
        cost: sum.cost + turn.cost,
      }

/** All tokens that a provider may charge for. */
export const tokensIn = ({ tokens }: Pick<Usage, "tokens">): number =>
  tokens.input + tokens.output + tokens.reasoning + tokens.cache_read + tokens.cache_write

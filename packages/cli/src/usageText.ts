import { tokensIn, type Usage } from "@kugetsu/core/domain/Usage"

type Used = Pick<Usage, "tokens" | "cost">

/** `12.3k $0.42`, for a cell of a table. */
export const usageCell = (used: Used | null): string => {
  if (used === null) return "-"
  return used.cost > 0 ? `${compact(tokensIn(used))} ${money(used.cost)}` : compact(tokensIn(used))
}

/** Every kind of token there is, and the cost where the agent knows a price. */
export const usageLine = ({ cost, tokens }: Used): string =>
  [
    `${compact(tokens.input)} tokens in`,
    `${compact(tokens.output)} out`,
    ...(tokens.reasoning > 0 ? [`${compact(tokens.reasoning)} reasoning`] : []),
    ...(tokens.cache_read + tokens.cache_write > 0
      ? [`cache ${compact(tokens.cache_read)} read, ${compact(tokens.cache_write)} written`]
      : []),
    ...(cost > 0 ? [money(cost)] : []),
  ].join(", ")

const compact = (count: number): string => {
  if (count < 1000) return String(Math.round(count))
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`
}

/** Cents say nothing of a turn that costs a tenth of one. */
const money = (dollars: number): string => `$${dollars < 0.01 ? dollars.toPrecision(2) : dollars.toFixed(2)}`

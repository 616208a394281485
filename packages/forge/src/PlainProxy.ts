type Environment = Readonly<Record<string, string | undefined>>

/**
 * Through which variable a plain request to that host would leave for a proxy, by the rules of Bun's `fetch`; null: it
 * goes there itself. A proxy reads what goes through it in the clear, tokens included.
 */
export const plainProxy = (environment: Environment, url: URL): string | null => {
  const variable = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].find((name) => environment[name])
  if (variable === undefined) return null
  const exempt = (environment["no_proxy"] || environment["NO_PROXY"] || "").split(",").map((host) => host.trim())
  return ["*", url.hostname, url.host].some((host) => exempt.includes(host)) ? null : variable
}

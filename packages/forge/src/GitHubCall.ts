import type { Octokit } from "@octokit/rest"
import type { Answer, ForgeApi } from "./ForgeApi.ts"

/** One call through Octokit, over the strict transport. */
export type GitHubCall = (
  call: (
    rest: Octokit["rest"],
    options: { readonly request: { readonly signal: AbortSignal } },
  ) => Promise<{ readonly data: unknown; readonly headers: Answer<unknown>["headers"] }>,
) => (signal: AbortSignal) => Promise<Answer<unknown>>

export const gitHubCall = (api: ForgeApi): GitHubCall => {
  let octokit: Promise<Octokit> | undefined
  return (call) => async (signal) => {
    octokit ??= connect(api)
    const { data, headers } = await call((await octokit).rest, { request: { signal } })
    return { body: data, headers }
  }
}

/** Imported late: it costs every start of the command line 8 ms otherwise. */
const connect = async (api: ForgeApi): Promise<Octokit> => {
  const { Octokit } = await import("@octokit/rest")
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  return new Octokit({ baseUrl: api.base, log: silent, request: { fetch: api.fetch, log: silent } })
}

/** The most that a page can have. */
export const perPage = 100

import type { RequestOptions } from "@gitbeaker/requester-utils"
import type * as Gitbeaker from "@gitbeaker/rest"
import type { Answer, ForgeApi } from "./ForgeApi.ts"

type Resource =
  | "Issues"
  | "IssueNotes"
  | "MergeRequestApprovals"
  | "MergeRequestNotes"
  | "MergeRequests"
  | "ProjectMembers"

/**
 * One call through a resource of Gitbeaker, of which nothing but the building of requests is used: its own way of asking
 * retries at once, takes no signal and keeps the token in its errors.
 */
export type GitLabCall = <R extends Resource>(
  resource: R,
  call: (resource: InstanceType<(typeof Gitbeaker)[R]>) => Promise<unknown>,
) => (signal: AbortSignal) => Promise<Answer<unknown>>

export const gitLabCall =
  (api: ForgeApi): GitLabCall =>
  (name, call) =>
  async (signal) => {
    // imported late: they cost every start of the command line 14 MB otherwise
    const [library, { createRequesterFn }] = await Promise.all([
      import("@gitbeaker/rest"),
      import("@gitbeaker/requester-utils"),
    ])
    let headers: Record<string, string> = {}
    const requesterFn = createRequesterFn(
      async (_, request) => request,
      async (endpoint, request) => {
        const { body, headers: sent, method, prefixUrl, searchParams }: RequestOptions = request ?? {}
        const url = new URL(`${(prefixUrl ?? api.base).replace(/\/$/, "")}/${endpoint}`)
        url.search = searchParams ?? ""
        const response = await api.fetch(url, {
          signal,
          ...(method !== undefined && { method }),
          ...(sent !== undefined && { headers: sent }),
          ...(typeof body === "string" && { body }),
        })
        headers = Object.fromEntries(response.headers)
        return { status: response.status, headers, body: (await response.json()) as Record<string, unknown> }
      },
    )
    const options = { host: api.base.replace(/\/api\/v4$/, ""), requesterFn, rateLimits: {}, queryTimeout: null }
    const Constructor = library[name] as new (given: typeof options) => InstanceType<(typeof Gitbeaker)[typeof name]>
    return { body: await call(new Constructor(options)), headers }
  }

/** The most that a page can have. */
export const perPage = 100

import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { GitBox } from "./git.ts"
import { gitHttpServer } from "./gitHttpServer.ts"

/** A pull request as the server keeps it. */
export interface HostedPullRequest {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly head: string
  readonly base: string
  /** The head commit, as long as it was open. */
  sha: string
  state: "open" | "merged" | "closed"
}

export interface HostedWords {
  readonly author: string
  readonly body: string
}

export interface HostedIssue extends HostedWords {
  readonly title: string
  readonly state: "open" | "closed"
}

export interface HostedReview extends HostedWords {
  readonly state: "APPROVED" | "REQUEST_CHANGES" | "COMMENT"
  readonly onCode: ReadonlyArray<{ readonly path: string; readonly position: number; readonly body: string }>
}

const TOKEN = "gitforge0123456789"

/**
 * A server as people have it: git over HTTP and the API of a Gitea on one address, over repositories below `root`. What a
 * pull request may be opened of is decided by the branches that were really pushed.
 */
export const gitForge = Effect.fnUntraced(function* (git: GitBox) {
  const served = yield* gitHttpServer({ root: git.dir, token: TOKEN })
  const forge = new GitForge(git, served.url)
  yield* Effect.acquireRelease(
    Effect.sync(() => forge.listen()),
    (server) => Effect.promise(() => server.stop(true)),
  )
  return forge
})

export class GitForge {
  readonly pulls: Array<HostedPullRequest> = []
  /** By number. */
  readonly issues = new Map<number, HostedIssue>()
  /** In the conversation of an issue or a pull request, by its number. */
  readonly comments = new Map<number, Array<HostedWords>>()
  /** By the number of the pull request. */
  readonly reviews = new Map<number, Array<HostedReview>>()
  /** Who may push. */
  readonly writers = new Set(["ann"])
  /** `METHOD /path?query` of every call of the API. */
  readonly calls: Array<string> = []
  /** The API answers with this status and nothing else. */
  broken: number | null = null
  /** What it says then. */
  complaint = "out of order"
  /** Called before a call is answered. */
  beforeAnswer: (call: string) => void | Promise<void> = () => undefined
  /** `http://127.0.0.1:PORT` */
  url = ""

  constructor(
    private readonly git: GitBox,
    private readonly gitUrl: string,
  ) {}

  /** `127.0.0.1:PORT` */
  get host(): string {
    return this.url.slice("http://".length)
  }

  /** A token that serves git and the API, as an env file has it. */
  get token(): string {
    return `KUGETSU_TOKEN_${this.host.toUpperCase().replace(/[^A-Z0-9]/g, "_")}=${TOKEN}\n`
  }

  /** The line of servers.json. */
  get server() {
    return { name: "forge", url: this.url, type: "gitea" }
  }

  /** Numbers are given to issues and pull requests alike. */
  openIssue(title: string, { author = "ann", body = "" }: Partial<HostedWords> = {}): number {
    const number = this.#nextNumber()
    this.issues.set(number, { title, author, body, state: "open" })
    return number
  }

  openPullRequest(fields: Pick<HostedPullRequest, "head" | "base" | "title" | "body">): HostedPullRequest {
    const pull: HostedPullRequest = { ...fields, number: this.#nextNumber(), sha: "", state: "open" }
    this.pulls.push(pull)
    return pull
  }

  #nextNumber(): number {
    return Math.max(0, ...this.issues.keys(), ...this.pulls.map(({ number }) => number)) + 1
  }

  /** The commit of a branch; empty when it is not there. */
  headOf(name: string, branch: string): string {
    const repository = path.join(this.git.dir, `${name}.git`)
    return this.git.run(repository, "for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`)
  }

  listen() {
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 60,
      fetch: async (request) => {
        const url = new URL(request.url)
        const [, api] = /^\/api\/v1(\/.*)$/.exec(url.pathname) ?? []
        if (api === undefined) {
          const body = request.method === "GET" ? null : await request.arrayBuffer()
          return fetch(this.gitUrl + url.pathname + url.search, {
            method: request.method,
            headers: request.headers,
            body,
          })
        }
        this.calls.push(`${request.method} ${api}${url.search}`)
        await this.beforeAnswer(`${request.method} ${api}`)
        if (this.broken !== null) return answer(this.broken, { message: this.complaint })
        if (api === "/version") return answer(200, { version: "1.22.0" })
        if (request.headers.get("authorization") !== `token ${TOKEN}`) return answer(401, { message: "no" })
        return this.#answer(
          request.method,
          api,
          url.searchParams,
          request.method === "POST" ? await request.json() : null,
        )
      },
    })
    this.url = `http://127.0.0.1:${server.port}`
    return server
  }

  #answer(method: string, api: string, query: URLSearchParams, body: any): Response {
    const [, name = "", what, number, rest] =
      /^\/repos\/([^/]+\/[^/]+)\/(pulls|issues)(?:\/(\d+))?(\/.*)?$/.exec(api) ?? []
    const [, login] = /^\/repos\/[^/]+\/[^/]+\/collaborators\/([^/]+)\/permission$/.exec(api) ?? []
    if (login !== undefined) return answer(200, { permission: this.writers.has(login) ? "write" : "read" })
    if (api.endsWith("/assignees"))
      return answer(
        200,
        [...this.writers].map((it) => ({ login: it })),
      )
    const repository = path.join(this.git.dir, `${name}.git`)
    if (!fs.existsSync(repository)) return answer(404, { message: "no such repository" })
    if (what === "issues" && rest === "/comments") {
      const comments = (this.comments.get(Number(number)) ?? []).map((it, i) => written(it, i))
      return answer(200, comments, comments.length)
    }
    if (what === "issues") {
      const issue = this.issues.get(Number(number))
      if (issue === undefined) return answer(404, { message: "no such issue" })
      return answer(200, { ...issue, ...written(issue, Number(number)), number: Number(number), labels: [] })
    }
    if (rest?.startsWith("/reviews")) return this.#reviewed(Number(number), rest)
    if (method === "POST") return this.#create(name, repository, body)
    if (number !== undefined) {
      const pull = this.pulls.find((it) => it.number === Number(number))
      return pull === undefined ? answer(404, { message: "none" }) : answer(200, this.#render(name, pull))
    }
    const listed = this.pulls.filter(({ state }) => query.get("state") === "all" || state === "open")
    const [limit, at] = [Number(query.get("limit") ?? 50), Number(query.get("page") ?? 1)]
    const page = listed.slice((at - 1) * limit, at * limit)
    return answer(
      200,
      page.map((it) => this.#render(name, it)),
      listed.length,
    )
  }

  #reviewed(number: number, rest: string): Response {
    const reviews = this.reviews.get(number) ?? []
    const [, one] = /^\/reviews\/(\d+)\/comments$/.exec(rest) ?? []
    const shown =
      one === undefined
        ? reviews.map((it, i) => ({
            ...written(it, i),
            state: it.state,
            dismissed: false,
            comments_count: it.onCode.length,
            submitted_at: written(it, i).created_at,
          }))
        : reviews[Number(one) - 1]!.onCode.map((it, i) => ({
            ...written({ ...it, author: reviews[Number(one) - 1]!.author }, i),
            ...it,
          }))
    return answer(200, shown, shown.length)
  }

  #create(name: string, repository: string, { base, body, head, title }: HostedPullRequest): Response {
    const heads = this.git.run(repository, "for-each-ref", "--format=%(refname:short)", "refs/heads/").split("\n")
    if (!heads.includes(head) || !heads.includes(base)) return answer(404, { message: "no such branch" })
    if (this.pulls.some((it) => it.head === head && it.state === "open"))
      return answer(409, { message: "there is one" })
    if (this.git.run(repository, "rev-list", head, `^${base}`) === "")
      return answer(422, { message: "no commits between" })
    return answer(201, this.#render(name, this.openPullRequest({ head, base, title, body })))
  }

  #render(name: string, pull: HostedPullRequest) {
    const { base, head, number, state, title } = pull
    if (state === "open") pull.sha = this.headOf(name, head)
    return {
      number,
      title,
      html_url: `${this.url}/${name}/pulls/${number}`,
      state: state === "open" ? "open" : "closed",
      merged: state === "merged",
      head: { label: head, sha: pull.sha, repo_id: 1 },
      base: { ref: base, repo_id: 1 },
    }
  }
}

const written = ({ author, body }: HostedWords, i: number) => ({
  id: i + 1,
  body,
  user: { login: author },
  html_url: "",
  created_at: `2026-11-20T06:30:${String(i % 60).padStart(2, "0")}Z`,
})

const answer = (status: number, body: unknown, total?: number): Response =>
  Response.json(body, { status, headers: total === undefined ? {} : { "x-total-count": String(total) } })

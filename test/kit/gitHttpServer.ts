import { Effect } from "effect"
import * as fs from "node:fs"

export interface GitHttpRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly username: string | null
  /** What the server answered. */
  readonly status: number
}

export interface GitHttpServer {
  /** `http://127.0.0.1:PORT`, without a slash. */
  readonly url: string
  /** `127.0.0.1:PORT` */
  readonly host: string
  readonly requests: ReadonlyArray<GitHttpRequest>
  /** Every argument list of a git process that was seen while a request was served. */
  readonly commandLines: ReadonlySet<string>
}

/** Serves the bare repositories below `root` over smart HTTP on loopback; every request needs the token as password. */
export const gitHttpServer = (options: { readonly root: string; readonly token: string }) =>
  Effect.acquireRelease(
    Effect.sync(() => start(options)),
    ({ stop }) => Effect.promise(stop),
  )

const start = ({
  root,
  token,
}: {
  readonly root: string
  readonly token: string
}): GitHttpServer & {
  readonly stop: () => Promise<void>
} => {
  const requests: Array<GitHttpRequest> = []
  const commandLines = new Set<string>()
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: async (request) => {
      noteCommandLines(commandLines)
      const url = new URL(request.url)
      const login = loginOf(request)
      const response =
        login?.password === token
          ? await backend(root, request, url, login.username)
          : new Response("no", { status: 401, headers: { "WWW-Authenticate": 'Basic realm="git"' } })
      requests.push({
        method: request.method,
        url: url.pathname + url.search,
        username: login?.username ?? null,
        status: response.status,
      })
      return response
    },
  })
  const host = `127.0.0.1:${server.port}`
  return { url: `http://${host}`, host, requests, commandLines, stop: () => server.stop(true) }
}

const loginOf = (request: Request): { readonly username: string; readonly password: string } | null => {
  const encoded = /^Basic (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, "base64").toString()
  return { username: text.slice(0, text.indexOf(":")), password: text.slice(text.indexOf(":") + 1) }
}

/** git-http-backend(1) as CGI. */
const backend = async (root: string, request: Request, url: URL, user: string): Promise<Response> => {
  const child = Bun.spawn(["git", "-c", "http.receivepack=true", "http-backend"], {
    env: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: user,
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers.get("content-type") ?? "",
      HTTP_CONTENT_ENCODING: request.headers.get("content-encoding") ?? "",
      GIT_PROTOCOL: request.headers.get("git-protocol") ?? "",
    },
    stdin: new Uint8Array(await request.arrayBuffer()),
    stdout: "pipe",
    stderr: "ignore",
  })
  const output = Buffer.from(await new Response(child.stdout).arrayBuffer())
  const end = output.indexOf("\r\n\r\n")
  const headers = new Headers()
  for (const line of output.subarray(0, end).toString("latin1").split("\r\n")) {
    headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim())
  }
  const status = Number(/^\d+/.exec(headers.get("status") ?? "")?.[0] ?? 200)
  headers.delete("status")
  return new Response(output.subarray(end + 4), { status, headers })
}

/** Arguments of every process of this user whose program is git or was started by it. */
const noteCommandLines = (seen: Set<string>): void => {
  if (!fs.existsSync("/proc/self/cmdline")) return
  for (const pid of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const line = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")
      if (/git/.test(line)) seen.add(line)
    } catch {
      continue // ended meanwhile
    }
  }
}

import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Issues } from "@kugetsu/core/Issues"
import { type ForgeUnknown, type KnownPullRequest, type NewPullRequest, PullRequests } from "@kugetsu/core/PullRequests"
import { type Server, Servers } from "@kugetsu/core/Servers"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Forge } from "@kugetsu/forge/Forge"
import { Patience } from "@kugetsu/forge/ForgeApi"
import { Effect, Layer } from "effect"
import { temporaryDirectory } from "../temporary.ts"

type Env = Readonly<Record<string, string>>

export interface ForgeSetting {
  /** What the person configured. */
  readonly servers?: ReadonlyArray<Pick<Server, "url" | "type"> & Partial<Server>>
  /** By agent, as `EnvFiles.forAgent` gives them. */
  readonly envFiles?: Readonly<Record<string, Env>>
  readonly environment?: Env
  /** repos.json; the server's own address by default. */
  readonly cloneUrl?: string
  readonly answerMs?: number
  readonly questionMs?: number
  /** A home of its own by default. */
  readonly home?: string
}

/** The real layer over servers, tokens and an environment made up by the test; retries do not wait. */
export const forgePullRequests = (setting: ForgeSetting) => {
  const servers = (setting.servers ?? []).map((it): Server => ({ name: it.url, clone: "https", ca: null, ...it }))
  const forInstance = (host: string): Server =>
    servers.find((it) => new URL(it.url).host === host) ?? {
      name: host,
      url: `https://${host}`,
      type: null,
      clone: "https",
      ca: null,
    }
  return Forge.layer.pipe(
    Layer.provide([
      Layer.succeed(
        Servers,
        Servers.of({
          list: Effect.succeed(servers),
          forInstance: (host) => Effect.succeed(forInstance(host)),
          preferred: Effect.succeed(forInstance("github.com")),
          defaultInstance: Effect.succeed("github.com"),
          repositories: Effect.succeed([]),
          cloneUrl: (ref) => Effect.succeed(setting.cloneUrl ?? `https://${ref.repositoryKey}.git`),
        }),
      ),
      Layer.mock(EnvFiles, { forAgent: (name) => Effect.succeed(setting.envFiles?.[name] ?? {}) }),
      Layer.succeed(HostEnvironment, setting.environment ?? {}),
      Layer.unwrap(
        Effect.map(setting.home === undefined ? temporaryDirectory : Effect.succeed(setting.home), KugetsuHome.at),
      ),
    ]),
    Layer.merge(
      Layer.succeed(Patience, {
        questionMs: setting.questionMs ?? 60_000,
        answerMs: setting.answerMs ?? 30_000,
        retryMs: 1,
        retryAfterMs: 10_000,
      }),
    ),
  )
}

export const refAt = (instance: string, owner = "kdev", repository = "demo", identifier = "4") =>
  new IssueRef({ instance, owner, repository, identifier })

/** An issue of `kdev/demo`. */
export const issueAt = (instance: string, identifier: string | number) =>
  refAt(instance, "kdev", "demo", String(identifier))

export const byBranch = (ref: IssueRef, branch: string) =>
  Effect.flatMap(PullRequests, (pullRequests) => pullRequests.findByBranch(ref, branch))

export const byNumber = (ref: IssueRef, number: number) =>
  Effect.flatMap(PullRequests, (pullRequests) => pullRequests.findByNumber(ref, number))

export const deciding = (ref: IssueRef, known: KnownPullRequest) =>
  Effect.flatMap(PullRequests, (pullRequests) => pullRequests.deciding(ref, known))

export const create = (ref: IssueRef, wanted: Partial<NewPullRequest> & { readonly branch: string }) =>
  Effect.flatMap(PullRequests, (pullRequests) =>
    pullRequests.create(ref, { title: "Fix it", body: "Closes #4", base: "main", draft: false, ...wanted }),
  )

/** Of the pull request of that number. */
export const checksOf = (ref: IssueRef, number: number) =>
  Effect.flatMap(PullRequests, (pullRequests) =>
    pullRequests.checks(ref, { number, url: "", state: "open", branch: "", head: null }),
  )

export const remarksOn = (ref: IssueRef, number: number) =>
  Effect.flatMap(PullRequests, (pullRequests) => pullRequests.remarks(ref, number))

export const readIssue = (ref: IssueRef) => Effect.flatMap(Issues, (issues) => issues.read(ref))

export const comment = (ref: IssueRef, body: string) => Effect.flatMap(Issues, (issues) => issues.comment(ref, body))

/** Everything of an error that a person or a log may get to see. */
export const wholeText = (error: ForgeUnknown) =>
  `${error.message} ${error.remedy} ${JSON.stringify(error)} ${error.stack}`

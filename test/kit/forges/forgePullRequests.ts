import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { type ForgeUnknown, PullRequests } from "@kugetsu/core/PullRequests"
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
          defaultInstance: Effect.succeed("github.com"),
          cloneUrl: (ref) => Effect.succeed(setting.cloneUrl ?? `https://${ref.repositoryKey}.git`),
        }),
      ),
      Layer.mock(EnvFiles, { forAgent: (name) => Effect.succeed(setting.envFiles?.[name] ?? {}) }),
      Layer.succeed(HostEnvironment, setting.environment ?? {}),
      Layer.unwrap(
        Effect.map(setting.home === undefined ? temporaryDirectory : Effect.succeed(setting.home), KugetsuHome.at),
      ),
    ]),
    Layer.merge(Layer.succeed(Patience, { answerMs: setting.answerMs ?? 30_000, retryMs: 1, retryAfterMs: 10_000 })),
  )
}

export const refAt = (instance: string, owner = "kdev", repository = "demo") =>
  new IssueRef({ instance, owner, repository, identifier: "4" })

export const byBranch = (ref: IssueRef, branch: string) =>
  Effect.flatMap(PullRequests, (pullRequests) => pullRequests.findByBranch(ref, branch))

export const byNumber = (ref: IssueRef, number: number) =>
  Effect.flatMap(PullRequests, (pullRequests) => pullRequests.findByNumber(ref, number))

/** Everything of an error that a person or a log may get to see. */
export const wholeText = (error: ForgeUnknown) =>
  `${error.message} ${error.remedy} ${JSON.stringify(error)} ${error.stack}`

import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { decidingPullRequest, isOpenPullRequest } from "@kugetsu/core/domain/PullRequest"
import { ForgeTokens } from "@kugetsu/core/ForgeTokens"
import { Issues } from "@kugetsu/core/Issues"
import { PullRequests } from "@kugetsu/core/PullRequests"
import { redactor } from "@kugetsu/core/Redactor"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Context, Effect, Layer } from "effect"
import { askingForges } from "./askingForges.ts"
import { openPullRequest } from "./openPullRequest.ts"
import { threadOf } from "./threadOf.ts"

const make = Effect.gen(function* () {
  const { asking, askingIssue, askingServer } = yield* askingForges
  /** What is published cannot be taken back. */
  const redact = Effect.provideService(redactor, KugetsuHome, yield* KugetsuHome)

  const byBranch = (ref: IssueRef, branch: string) =>
    asking(
      ref,
      (name) => `pull requests of ${name} from ${branch}`,
      ({ client, repository }) => client.findByBranch(repository, branch),
    )

  const pullRequests = PullRequests.of({
    findByBranch: Effect.fn("PullRequests.findByBranch")(byBranch),
    findByNumber: Effect.fn("PullRequests.findByNumber")((ref, number) =>
      asking(
        ref,
        (name) => `pull request ${name}#${number}`,
        ({ client, repository }) => client.findByNumber(repository, number),
      ),
    ),
    deciding: Effect.fn("PullRequests.deciding")(function* (ref, { branch, head, number }) {
      if (number === null) return branch === null ? null : yield* byBranch(ref, branch)
      return yield* asking(
        ref,
        (name) => `pull request ${name}#${number}`,
        Effect.fnUntraced(function* ({ client, repository }) {
          const own = yield* client.findByNumber(repository, number)
          const isOurs = own.from_here !== false || (own.head !== null && own.head === head)
          if (!isOurs) return branch === null ? null : yield* client.findByBranch(repository, branch)
          if (branch === null || isOpenPullRequest(own)) return own
          const other = yield* client.findOpen(repository, branch)
          return decidingPullRequest(other === null ? [own] : [own, other])
        }),
      )
    }),
    create: Effect.fn("PullRequests.create")(function* (ref, wanted) {
      const clean = yield* redact
      const published = { ...wanted, title: clean(wanted.title), body: clean(wanted.body) }
      return yield* asking(
        ref,
        (name) => `opening a pull request of ${name} from ${wanted.branch}`,
        ({ client, host, repository }) => openPullRequest(client, host, repository, published),
      )
    }),
    checks: Effect.fn("PullRequests.checks")((ref, pullRequest) =>
      asking(
        ref,
        (name) => `checks of ${name}#${pullRequest.number}`,
        ({ client, repository }) => client.checks(repository, pullRequest),
      ),
    ),
    remarks: Effect.fn("PullRequests.remarks")((ref, number) =>
      asking(
        ref,
        (name) => `reviews of ${name}#${number}`,
        ({ client, repository }) => client.remarks(repository, number),
      ),
    ),
  })

  const issues = Issues.of({
    read: Effect.fn("Issues.read")(function* (ref) {
      const thread = yield* threadOf(ref)
      return yield* askingIssue(
        ref,
        (name) => `${thread.kind} ${name}#${thread.number}`,
        ({ client, repository }) => client.read(repository, thread),
      )
    }),
    comment: Effect.fn("Issues.comment")(function* (ref, body) {
      const thread = yield* threadOf(ref)
      const published = (yield* redact)(body)
      return yield* askingIssue(
        ref,
        (name) => `a comment on ${thread.kind} ${name}#${thread.number}`,
        ({ client, repository }) => client.comment(repository, thread, published),
      )
    }),
  })

  const tokens = ForgeTokens.of({
    rights: Effect.fn("ForgeTokens.rights")((ref, as) =>
      asking(
        ref,
        (name) => `what the token may do with ${name}`,
        ({ client, host, repository }) => Effect.map(client.rights(repository), (rights) => ({ ...rights, host })),
        as,
      ),
    ),
    present: Effect.fn("ForgeTokens.present")((server, as) =>
      askingServer(server, "whose the token is", ({ client }) => client.present, as),
    ),
  })

  return Context.make(PullRequests, pullRequests).pipe(Context.add(Issues, issues), Context.add(ForgeTokens, tokens))
})

/** `PullRequests`, `Issues` and `ForgeTokens` for GitHub, GitLab, Gitea and Forgejo. */
export const Forge = { layer: Layer.effectContext(make) }

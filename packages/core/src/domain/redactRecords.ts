import { type Redact, redactJson } from "./Redaction.ts"
import type { RunExit } from "./Run.ts"
import type { RunPullRequest } from "./RunPullRequest.ts"

/** The outcome without secrets in what others said. What it refers to stays: it must be found by it. */
export const redactExit = (exit: RunExit, redact: Redact): RunExit => ({
  ...exit,
  ...redactJson({ evidence: exit.evidence, failure: exit.failure, turn: exit.turn }, redact),
  work: exit.work === null ? null : redactWork(exit.work, redact),
})

type Work = NonNullable<RunExit["work"]>

const redactWork = (work: Work, redact: Redact): Work => ({
  ...work,
  commits: work.commits.map(({ sha, subject }) => ({ sha, subject: redact(subject) })),
  pull_request: work.pull_request === null ? null : redactTitle(work.pull_request, redact),
  pull_request_unknown: work.pull_request_unknown === null ? null : redact(work.pull_request_unknown),
})

/** What came of a run's pull request, in the same way. */
export const redactPullRequest = (record: RunPullRequest, redact: Redact): RunPullRequest => ({
  ...record,
  pull_request: record.pull_request === null ? null : redactTitle(record.pull_request, redact),
  reason: record.reason === null ? null : redact(record.reason),
})

const redactTitle = <A extends { readonly title?: string | null | undefined }>(pullRequest: A, redact: Redact): A =>
  pullRequest.title ? { ...pullRequest, title: redact(pullRequest.title) } : pullRequest

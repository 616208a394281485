import type { RunRecord } from "./Runs.ts"
import { isAlive } from "./system/ProcessTable.ts"

/** Whether its supervisor is about to see to the pull request of a run that has its outcome: people are told of both at once. */
export const awaitsPullRequest = ({ exit, pullRequest, supervisor }: RunRecord): boolean =>
  exit?.pull_request_due != null && pullRequest === null && supervisor !== null && isAlive(supervisor.supervisor)

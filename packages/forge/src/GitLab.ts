import type { ForgeApi } from "./ForgeApi.ts"
import type { ForgeClient } from "./ForgeClient.ts"
import { gitLabCall } from "./GitLabCall.ts"
import { gitLabChecks } from "./GitLabChecks.ts"
import { gitLabIssues } from "./GitLabIssues.ts"
import { gitLabRemarks } from "./GitLabRemarks.ts"
import { gitLabMergeRequests } from "./GitLabMergeRequests.ts"
import { presentToken } from "./presentToken.ts"
import { tokenRights } from "./tokenRights.ts"

export const gitLab = (api: ForgeApi): ForgeClient => {
  const call = gitLabCall(api)
  return {
    ...gitLabMergeRequests(api, call),
    ...gitLabIssues(api, call),
    checks: gitLabChecks(api, call),
    remarks: gitLabRemarks(api, call),
    rights: tokenRights(api, "gitlab"),
    present: presentToken(api),
  }
}

import type { ForgeApi } from "./ForgeApi.ts"
import type { ForgeClient } from "./ForgeClient.ts"
import { gitHubCall } from "./GitHubCall.ts"
import { gitHubChecks } from "./GitHubChecks.ts"
import { gitHubIssues } from "./GitHubIssues.ts"
import { gitHubRemarks } from "./GitHubRemarks.ts"
import { gitHubPullRequests } from "./GitHubPullRequests.ts"
import { presentToken } from "./presentToken.ts"
import { tokenRights } from "./tokenRights.ts"

export const gitHub = (api: ForgeApi): ForgeClient => {
  const call = gitHubCall(api)
  return {
    ...gitHubPullRequests(api, call),
    ...gitHubIssues(api, call),
    checks: gitHubChecks(api, call),
    remarks: gitHubRemarks(api, call),
    rights: tokenRights(api, "github"),
    present: presentToken(api),
  }
}

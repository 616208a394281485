import type { ForgeApi } from "./ForgeApi.ts"
import type { ForgeClient } from "./ForgeClient.ts"
import { giteaChecks } from "./GiteaChecks.ts"
import { giteaIssues } from "./GiteaIssues.ts"
import { giteaRemarks } from "./GiteaRemarks.ts"
import { giteaPullRequests } from "./GiteaPullRequests.ts"
import { presentToken } from "./presentToken.ts"
import { tokenRights } from "./tokenRights.ts"

/** Gitea and Forgejo. */
export const gitea = (api: ForgeApi): ForgeClient => ({
  ...giteaPullRequests(api),
  ...giteaIssues(api),
  checks: giteaChecks(api),
  remarks: giteaRemarks(api),
  rights: tokenRights(api, "gitea"),
  present: presentToken(api),
})

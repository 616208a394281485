import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { RunId } from "@kugetsu/core/domain/Run"
import type { NewItem } from "@kugetsu/core/Queue"

const issue = IssueRef.make({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier: "14" })

export const task = (message: string, more: Partial<NewItem> = {}): NewItem => ({
  issue,
  message,
  ...more,
})

export const runId = (n: number) => RunId.make(`r_20261120T063012_${String(n).padStart(6, "0")}`)

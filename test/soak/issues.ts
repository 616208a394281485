import { scriptOf } from "../kit/scriptedModel.ts"

export interface SoakIssue {
  readonly ref: string
  readonly repository: string
  /** A word that its tasks have, and no other's. */
  readonly marker: string
  readonly worktree: string
}

export const repositories = ["tool", "moon"] as const
const ISSUES_EACH = 3

/** The same numbers in each repository, so that whatever is told apart by number alone is mixed up. */
export const issuesAt = (worktree: (repository: string, issue: string) => string): ReadonlyArray<SoakIssue> =>
  repositories.flatMap((repository) =>
    Array.from({ length: ISSUES_EACH }, (_, n) => ({
      ref: `example.org/ann/${repository}#${n + 1}`,
      repository,
      marker: `soak-${repository}-${n + 1}`,
      worktree: worktree(repository, String(n + 1)),
    })),
  )

/** Where the work was done goes into a file, and by whom into the commit; then it is pushed. */
export const WORK = `pwd -P >> work.txt && git add -A && git commit -qm "$KUGETSU_RUN" && git push -q origin HEAD`

const bash = (command: string) => ({ tool: "bash", args: { command, description: "work" } })

export const shortTask = ({ marker }: SoakIssue): string =>
  `${marker}\n${scriptOf([bash("git log --oneline | head -3; sleep 1"), bash(WORK), { text: `Done with ${marker}.` }])}`

/** A turn of many steps that lasts about as long as the soak. */
export const longTask = ({ marker }: SoakIssue, lastsMs: number): string => {
  const steps = Math.max(1, Math.floor(lastsMs / 10_000))
  const wait = bash("sleep 9; git status --short | head -3")
  return `${marker}\n${scriptOf([...Array.from({ length: steps }, () => wait), bash(WORK), { text: `Done with ${marker}.` }])}`
}

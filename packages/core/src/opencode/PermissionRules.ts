import { pmCommands } from "../domain/pmCommands.ts"

type Action = "allow" | "deny"

/** One line of opencode's permission list; of those that match, the last one decides. `*` stands for any text. */
export interface PermissionRule {
  /** The tool, or what it needs. */
  readonly permission: string
  /** The command, path or the like. */
  readonly pattern: string
  readonly action: Action
}

export interface PermissionNeeds {
  readonly role: "dev" | "pm-agent"
  /** Directories beside its own that the agent may use, absolute. */
  readonly directories: ReadonlyArray<string>
  /** The person's own rules, with nothing left to ask. */
  readonly person: ReadonlyArray<PermissionRule>
}

const allow = (permission: string, pattern = "*"): PermissionRule => ({ permission, pattern, action: "allow" })
const deny = (permission: string, pattern = "*"): PermissionRule => ({ permission, pattern, action: "deny" })

/** A question to somebody who is not there would hang the run, or end it without a word. */
const questions = ["question", "plan_enter", "plan_exit", "doom_loop"].map((permission) => deny(permission))

/** Worktrees of one clone share these: one agent must not reach into another's work. */
const sharedGit = ["git stash*", "git worktree*", "git gc*", "git prune*"].map((command) => deny("bash", command))

/** What looks into the PM's own directory, and what notes what is to be done. */
const looking = ["read", "glob", "grep", "list", "todowrite", "todoread"].map((permission) => allow(permission))

/**
 * The PM coordinates: of all tools it has those that look, and of all commands those of kugetsu that are for it. opencode
 * judges a line of shell by the commands it finds in it, and a redirection is none: the shell that the PM has runs nothing
 * but one such command.
 */
const coordinating = [
  deny("bash"),
  ...["kugetsu", "kugetsu --help", ...pmCommands.map((words) => `kugetsu ${words} *`)].map((command) =>
    allow("bash", command),
  ),
]

/**
 * The whole list of a session: allow and deny only, since in a headless run a permission that is asked for is refused
 * and ends the turn. The person's own denials stand where kugetsu has no rule of its own. It guards the tools; it is no
 * boundary.
 */
export const permissionRules = ({ directories, person, role }: PermissionNeeds): ReadonlyArray<PermissionRule> => [
  ...(role === "pm-agent"
    ? [deny("*"), ...looking, ...person.filter(({ action }) => action === "deny")]
    : [allow("*"), ...person]),
  ...questions,
  deny("external_directory"),
  ...directories.map((directory) => allow("external_directory", `${directory}/*`)),
  ...(role === "pm-agent" ? coordinating : []),
  ...sharedGit,
]

/** The same rules in the form of opencode's configuration, for sessions that opencode makes without a list. */
export const asConfiguration = (
  rules: ReadonlyArray<PermissionRule>,
): Readonly<Record<string, Action | Readonly<Record<string, Action>>>> =>
  Object.fromEntries(
    [...Map.groupBy(rules, (rule) => rule.permission)].map(([permission, group]) => {
      const patterns = Object.fromEntries(group.map((rule) => [rule.pattern, rule.action]))
      // several permissions know no patterns
      return [permission, Object.keys(patterns).length === 1 && patterns["*"] ? patterns["*"] : patterns]
    }),
  )

// Where a test may kill a process that works on the trash: after every step of every change.

export const discardCrashPoints = [
  "trash.announced",
  "trash.refs",
  "trash.bundled",
  "trash.rescued",
  "trash.in.admin",
  "trash.in.worktree",
  "trash.in.branch",
  "trash.in.agent",
  "trash.in.context",
  "trash.in.session",
  "trash.in.index",
] as const

export const restoreCrashPoints = [
  "trash.restoring",
  "trash.out.branch",
  "trash.out.reflog",
  "trash.out.worktree",
  "trash.out.admin",
  "trash.out.stash",
  "trash.out.agent",
  "trash.out.context",
  "trash.out.session",
  "trash.out.index",
  "trash.restored",
  "trash.unrescued",
] as const

export const removeCrashPoints = ["trash.emptied", "trash.unrescued"] as const

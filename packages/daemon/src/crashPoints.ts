/**
 * Where the fault suite may kill a launcher, a supervisor or the daemon: after every durable step from the lock of an
 * issue to the notification of what came of it. Those of the queue itself are in core's queue/crashPoints, those of a
 * session's way into quarantine in its opencode/crashPoints.
 */
export const runCrashPoints = [
  "launch.locked",
  "launch.slot",
  "launch.claimed",
  "launch.requested",
  "launch.marked",
  "launch.spawned",
  "run.locked",
  "run.supervisor",
  "run.prepared",
  "run.started",
  "run.spawned",
  "run.agent",
  "run.swept",
  "run.exit",
  "run.session",
  "run.slot",
  "run.misplaced",
  "run.kept",
  "pull_request.brought",
  "pull_request.noted",
  "pull_request.recorded",
  "cleanup.removed",
  "lost.swept",
  "lost.exit",
  "daemon.ended",
  "daemon.settled",
  "daemon.told",
  "daemon.started",
  "daemon.dequeued",
  "daemon.refused",
  "daemon.given_back",
] as const

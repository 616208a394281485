/** Where the fault suite may kill a process that puts a session into quarantine: after every durable step of it. */
export const sessionCrashPoints = [
  "quarantine.condemned",
  "quarantine.moved",
  "quarantine.carried",
  "quarantine.recorded",
] as const

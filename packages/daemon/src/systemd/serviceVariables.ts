/** The unit sets it to its own name: who has it is the daemon that systemd started, and its agents need scopes. */
export const SERVICE_VARIABLE = "KUGETSU_SERVICE"

/** What systemd, and kugetsu's unit, tell the daemon alone. */
const ofTheService = new Set([
  SERVICE_VARIABLE,
  "NOTIFY_SOCKET",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
  "INVOCATION_ID",
  "JOURNAL_STREAM",
  "SYSTEMD_EXEC_PID",
  "MEMORY_PRESSURE_WATCH",
  "MEMORY_PRESSURE_WRITE",
  "MANAGERPID",
])

/** An environment for a process of its own, which is not to speak in the service's name. */
export const withoutServiceVariables = (
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => (value === undefined || ofTheService.has(key) ? [] : [[key, value]])),
  )

import { type LimitSettings, sliceLimits } from "./agentLimits.ts"
import { SERVICE_VARIABLE } from "./serviceVariables.ts"

export const SERVICE = "kugetsu-queue-daemon.service"
export const SLICE = "kugetsu-agents.slice"

/** The daemon may be silent for so long (it looks at least every few seconds) before systemd takes it for hung. Seconds. */
const WATCHDOG_S = 120

/**
 * The unit of the daemon. It ends with its unit, the agents do not: they are in scopes of their own. It is killed without
 * a core dump when it hangs, started again for as long as that takes (a disk may be full for a while), but not over a
 * configuration that it refuses.
 */
export const serviceText = (service: {
  readonly command: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string>>
}): string =>
  `# Written by \`kugetsu queue-daemon install\`, which also replaces it; for changes: systemctl --user edit ${SERVICE}
[Unit]
Description=kugetsu: starts the agents of the queue
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart=${service.command.map(commandWord).join(" ")}
${Object.entries({ ...service.environment, [SERVICE_VARIABLE]: SERVICE })
  .map(([name, value]) => environmentLine(name, value))
  .join("\n")}
UMask=0077
Restart=on-failure
RestartSec=3
RestartPreventExitStatus=78
SuccessExitStatus=143
WatchdogSec=${WATCHDOG_S}
WatchdogSignal=SIGKILL
TimeoutStartSec=60
TimeoutStopSec=30
KillMode=mixed
OOMPolicy=continue
SyslogIdentifier=kugetsu

[Install]
WantedBy=default.target
`

/** The slice of all agents' scopes, with what they may use together. */
export const sliceText = (settings: LimitSettings): string =>
  `# Written by \`kugetsu queue-daemon\`, which also replaces it; for changes: systemctl --user edit ${SLICE}
[Unit]
Description=the agents of kugetsu

[Slice]
${["MemoryAccounting=yes", "CPUAccounting=yes", "TasksAccounting=yes", ...sliceLimits(settings)].join("\n")}
`

/** One line of a unit; it also tells whose unit it is. */
export const environmentLine = (name: string, value: string): string => `Environment=${quoted(`${name}=${value}`)}`

/** In a command systemd also replaces variables. */
const commandWord = (word: string): string => quoted(word).replaceAll("$", "$$$$")

/** systemd.syntax(7): quotes and backslashes as in C, and no specifiers. */
const quoted = (text: string): string =>
  `"${text
    .replaceAll(/["\\]/g, "\\$&")
    .replaceAll("%", "%%")
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/[\x00-\x1f\x7f]/g, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`

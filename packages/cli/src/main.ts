#!/usr/bin/env bun
// first of all: it has to know where this program is before an update replaces it
import "@kugetsu/core/system/Self"
import { writeAll } from "./descriptors.ts"
import { version } from "./version.ts"

// also for git, opencode and all that they start: what they write in the home is the person's alone
process.umask(0o077)

// what is not needed is not loaded: it is most of the time a short command takes
const [first, ...rest] = process.argv.slice(2)
if ((first === "--version" || first === "-v") && rest.length === 0) {
  try {
    writeAll(1, `kugetsu ${version}\n`)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EPIPE") throw cause
  }
} else if (first === "agent-run") {
  const { runAgent } = await import("./hidden.ts")
  runAgent(rest)
} else if (first === "launch-run") {
  const { runLaunch } = await import("./hidden.ts")
  runLaunch()
} else if (first === "git-credential") {
  const { runGitCredential } = await import("./hidden.ts")
  runGitCredential(rest)
} else if (first === "complete-names") {
  const { runCompleteNames } = await import("./hidden.ts")
  runCompleteNames(rest)
} else if (first === "pm-shell") {
  const { runPmShell } = await import("./hidden.ts")
  await runPmShell(rest)
} else {
  const { runCommandLine } = await import("./commandLine.ts")
  runCommandLine(process.argv.slice(2))
}

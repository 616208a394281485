import { type AreaFinding, diagnose } from "@kugetsu/core/diagnose"
import { ExitCode } from "@kugetsu/core/domain/Failure"
import type { FindingState } from "@kugetsu/core/domain/Finding"
import { checkDaemon } from "@kugetsu/daemon/checkDaemon"
import { checkService } from "@kugetsu/daemon/systemd/checkService"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../Answered.ts"
import { harmless } from "../display.ts"
import { Json, toggle } from "../flags.ts"
import { type Colour, type Paint, paint, print, printJson, tell } from "../terminal.ts"
import { version } from "../version.ts"

const fix = toggle("fix", "Repair what can be repaired without losing anything")
const fixPermissions = toggle("fix-permissions", "Set the permission lists of the kept sessions anew")

export const doctor = Command.make("doctor", { fix, fixPermissions }, (treatment) =>
  Effect.gen(function* () {
    const findings = yield* diagnose(treatment, { daemon: checkDaemon(version), service: checkService })
    const code = findings.some(({ state }) => state === "problem") ? ExitCode.failed : ExitCode.done
    if (yield* Json) yield* printJson({ checks: findings.map(recordOf), code })
    else {
      const painted = yield* paint
      yield* print(findings.flatMap((finding) => linesOf(finding, painted)).join("\n"))
      yield* tell(summaryOf(findings))
    }
    if (code !== ExitCode.done) return yield* endWith(code)
  }),
).pipe(
  Command.withDescription(
    "Looks at all there is: home, records, databases, clones, worktrees, queue, daemon, its service (with the PATH that it has), git, opencode, forges, disk. It writes nothing without a flag. It tries opencode in a throw-away directory with a model of its own, and asks each forge once. Ends with 1 when there is a problem; warnings are none.",
  ),
  Command.withExamples([
    { command: "kugetsu doctor" },
    { command: "kugetsu doctor --fix", description: "Repair; never where an agent is at work" },
    { command: "kugetsu doctor --json | jq '.checks[] | select(.state != \"ok\")'" },
  ]),
)

const recordOf = ({ area, done, found, remedy, state, subject }: AreaFinding) => ({
  area,
  subject,
  state,
  found,
  done,
  remedy,
})

const colours: Readonly<Record<FindingState, Colour>> = {
  ok: "green",
  warning: "yellow",
  problem: "red",
  fixed: "cyan",
}

const linesOf = ({ area, done, found, remedy, state, subject }: AreaFinding, painted: Paint): ReadonlyArray<string> => {
  const more = (text: string) => `${" ".repeat(22)}${painted("dim", harmless(text))}`
  const what = `${harmless(subject)}: ${harmless(found)}`
  return [
    `${painted(colours[state], state.padEnd(8))}  ${area.padEnd(11)} ${what}`,
    ...(done === null ? [] : [more(`done: ${done}`)]),
    ...(remedy === null ? [] : [more(`to do: ${remedy}`)]),
  ]
}

const summaryOf = (findings: ReadonlyArray<AreaFinding>): string => {
  const count = (state: FindingState, one: string, many: string) => {
    const found = findings.filter((finding) => finding.state === state).length
    return found === 0 ? [] : [`${found} ${found === 1 ? one : many}`]
  }
  const words = [
    ...count("problem", "problem", "problems"),
    ...count("warning", "warning", "warnings"),
    ...count("fixed", "repair", "repairs"),
  ]
  return words.length === 0 ? "All is well." : `${words.join(", ")}.`
}

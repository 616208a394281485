import { type Outcome, exitCodeOf } from "@kugetsu/core/domain/Outcome"
import type { RunExit, WorkEvidence } from "@kugetsu/core/domain/Run"
import { harmless, oneLine, span } from "./display.ts"
import { usageLine } from "./usageText.ts"
import type { Colour, Paint } from "./terminal.ts"

/** The exit code of the command that waited for a run. */
export const exitCodeAfter = (exit: RunExit): number => exit.failure?.code ?? exitCodeOf(exit.outcome)

export const colourOf = (outcome: Outcome): Colour => {
  switch (exitCodeOf(outcome)) {
    case 0:
      return "green"
    case 1:
      return "red"
    default:
      return "yellow"
  }
}

/** What a run came to, with its evidence, for people. */
export const outcomeText = (exit: RunExit, paint: Paint): string => {
  const facts: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["why", exit.evidence],
    ["do", exit.failure === null ? [] : [exit.failure.remedy]],
    ["branch", exit.branch_name === null ? [] : [exit.branch_name + pushedText(exit.work)]],
    ["commits", (exit.work?.commits ?? []).map(({ sha, subject }) => `${sha.slice(0, 10)} ${oneLine(subject, 80)}`)],
    ["pull request", exit.pr_url === null ? [] : [exit.pr_url]],
    ["said", exit.turn?.last_text ? harmless(exit.turn.last_text.trim()).split("\n") : []],
    ["used", exit.turn === null ? [] : [usageLine(exit.turn)]],
    ["not before", exit.not_before === null ? [] : [exit.not_before]],
    ["run", [exit.run]],
  ]
  const outcome = paint("bold", paint(colourOf(exit.outcome), exit.outcome))
  return [
    [outcome, harmless(exit.issue_ref ?? "PM agent"), ...lastedText(exit)].join("  "),
    ...facts.flatMap(([name, lines]) =>
      lines.map((line, index) => `  ${paint("dim", (index === 0 ? name : "").padEnd(12))}  ${harmless(line)}`),
    ),
  ].join("\n")
}

const pushedText = (work: WorkEvidence | null): string => {
  if (work === null || work.pushed === null || work.commits.length === 0) return ""
  return work.pushed ? " (pushed)" : " (not pushed)"
}

const lastedText = ({ started_at, finished_at }: RunExit): ReadonlyArray<string> =>
  started_at === null ? [] : [`after ${span(Date.parse(finished_at) - Date.parse(started_at))}`]

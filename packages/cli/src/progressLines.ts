import type { AgentAct } from "@kugetsu/core/domain/AgentAct"
import type { RunProgress } from "@kugetsu/core/followRun"
import { harmless, oneLine } from "./display.ts"
import type { Paint } from "./terminal.ts"

/** The lines that show a step of a run to a person. The outcome is none of them: it is the answer. */
export const linesOf = (progress: RunProgress, paint: Paint): ReadonlyArray<string> => {
  switch (progress._tag) {
    case "Preparing":
      return [paint("dim", "· preparing clone, worktree and session")]
    case "Started": {
      const { branch_name, worktree_path } = progress.started
      return [
        paint("dim", harmless(`· working in ${worktree_path}${branch_name === null ? "" : ` on ${branch_name}`}`)),
      ]
    }
    case "Acted":
      return actLines(progress.act, paint)
    case "Logged":
      return [paint("dim", harmless(stripAnsi(progress.line)))]
    case "Ended":
      return []
  }
}

const actLines = (act: AgentAct, paint: Paint): ReadonlyArray<string> => {
  switch (act._tag) {
    case "Said":
      return harmless(act.text)
        .split("\n")
        .map((line) => `${paint("blue", "│")} ${line}`)
    case "Used":
      return [
        `${act.failed ? paint("red", "✗") : paint("green", "✓")} ${paint("cyan", oneLine(act.tool, 20))} ${oneLine(act.subject)}`,
      ]
    case "Erred":
      return [`${paint("red", "! error")} ${oneLine(act.message, 300)}`]
  }
}

const stripAnsi = (text: string) => Bun.stripANSI(text)

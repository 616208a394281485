import { initialise, type Initialised, makeEmptyBase } from "@kugetsu/core/initialise"
import { probeLimitMs } from "@kugetsu/core/probeProvider"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { tellConfigWarnings } from "../configWarnings.ts"
import { harmless } from "../display.ts"
import { Json, toggle } from "../flags.ts"
import { makeBaseOnScreen, requireTerminal } from "../baseOnScreen.ts"
import { paint, type Paint, print, printJson, tell } from "../terminal.ts"

const force = toggle("force", "Make base and PM sessions anew; the old ones go to the trash")
const noProbe = toggle("no-probe", "Do not ask the model whether it answers")
const tui = toggle("tui", "Make the base session on opencode's own screen")

export const init = Command.make("init", { force, noProbe, tui }, ({ force, noProbe, tui }) =>
  Effect.gen(function* () {
    yield* tellConfigWarnings
    if (tui) yield* requireTerminal
    const made = yield* initialise({
      force,
      probe: !noProbe,
      onStep: (step) => tell(step === "probe" ? probing : "Making the sessions…"),
      makeBase: tui ? makeBaseOnScreen : makeEmptyBase,
    })
    yield* (yield* Json) ? printJson(made) : print(summaryOf(made, yield* paint))
  }),
).pipe(
  Command.withDescription(
    "Makes the home with its config and env files, and the base and PM sessions, and lets the model answer once in the environment agents will have. An interrupted init is finished by running it again.",
  ),
  Command.withExamples([
    { command: "kugetsu init" },
    { command: "kugetsu init --force", description: "New base and PM sessions; all else stays" },
  ]),
)

const probing = `Asking the model for one word (up to ${probeLimitMs / 60_000} min)…`

const summaryOf = (made: Initialised, paint: Paint): string =>
  [
    `${paint("green", "kugetsu is ready")} in ${harmless(made.home)}`,
    `  opencode   ${harmless(made.agent_version)}`,
    `  model      ${harmless(made.model ?? "not asked")}`,
    ...made.restore.map((command) => `  old one    ${command}`),
    `  next       kugetsu start github.com/you/repo#1 "what to do"`,
  ].join("\n")

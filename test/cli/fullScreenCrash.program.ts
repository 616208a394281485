// Takes the whole screen and crashes: fullScreenCrash.program.ts timer|effect
import { fullScreen } from "@kugetsu/cli/top/fullScreen"
import { runProgram } from "@kugetsu/cli/runProgram"
import { Effect } from "effect"

const crash = () => {
  throw new Error("crashed")
}

runProgram(
  Effect.gen(function* () {
    const screen = yield* fullScreen
    yield* screen.draw(["on the screen"])
    if (process.argv[2] === "effect") crash()
    setTimeout(crash, 10)
    return yield* Effect.never
  }).pipe(Effect.scoped),
  { json: false },
)

import { Cause, Effect } from "effect"
import { programLog } from "./programLog.ts"
import { reportFailure } from "./reportFailure.ts"

/** Under `bun run` one Ctrl-C arrives twice. */
export const sameKeyPressMs = 300

/**
 * Runs a program to its end and ends this process: 0, the failure's own code, 130 after Ctrl-C, 143 after SIGTERM.
 * A program that wants to answer Ctrl-C itself adds its own listener, then this one stands aside.
 */
export const runProgram = (
  program: Effect.Effect<number | void, unknown>,
  options: { readonly json: boolean },
): void => {
  const fiber = Effect.runFork(
    program.pipe(
      Effect.map((code) => code ?? 0),
      Effect.catchCause((cause) => reportFailure(cause, options.json)),
      Effect.provide(programLog),
    ),
  )
  let interruptedAt: number | undefined
  let byTerm = false
  const interrupt = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return
    if (interruptedAt === undefined) {
      interruptedAt = performance.now()
      byTerm = signal === "SIGTERM"
      fiber.interruptUnsafe()
    } else if (performance.now() - interruptedAt > sameKeyPressMs) {
      process.exit(130)
    }
  }
  process.on("SIGINT", interrupt)
  process.on("SIGTERM", interrupt)
  fiber.addObserver((exit) => {
    const code = exit._tag === "Success" ? exit.value : Cause.hasInterruptsOnly(exit.cause) ? 130 : 1
    process.exit(byTerm ? 143 : code)
  })
}

import { Effect, Result } from "effect"
import { runProgram } from "./runProgram.ts"

/** `kugetsu agent-run <run>`: the supervisor of a run, started by the launcher. */
export const runAgent = ([run = ""]: ReadonlyArray<string>): void =>
  runProgram(
    Effect.gen(function* () {
      const [{ agentRun }, { WorkLayer }] = yield* Effect.promise(() =>
        Promise.all([import("@kugetsu/daemon/agentRun"), import("./layers/WorkLayer.ts")]),
      )
      return yield* Effect.provide(agentRun(run), WorkLayer)
    }),
    { json: false },
  )

/** `kugetsu launch-run`: a program with @kugetsu/core wants a run; its request is on standard input. */
export const runLaunch = (): void =>
  runProgram(
    Effect.gen(function* () {
      const [{ launchForProgram }, { WorkLayer }] = yield* Effect.promise(() =>
        Promise.all([import("./launchForProgram.ts"), import("./layers/WorkLayer.ts")]),
      )
      yield* Effect.provide(launchForProgram, WorkLayer)
    }),
    { json: true },
  )

/** `kugetsu git-credential <operation>`: git asks it for the login of a remote. */
export const runGitCredential = ([operation = ""]: ReadonlyArray<string>): void =>
  runProgram(
    Effect.gen(function* () {
      const [{ gitCredential }, { GitLayer }, { readInput }, { printRaw }, { requireForAgent }] = yield* Effect.promise(
        () =>
          Promise.all([
            import("./gitCredential.ts"),
            import("./layers/GitLayer.ts"),
            import("./message.ts"),
            import("./terminal.ts"),
            import("./requireForAgent.ts"),
          ]),
      )
      yield* requireForAgent(["git-credential"])
      const answer = Effect.flatMap(readInput, (input) => gitCredential(operation, input))
      yield* printRaw(yield* Effect.provide(answer, GitLayer))
    }),
    { json: false },
  )

/** `kugetsu complete-names <word>…`: a shell asks what can stand behind these words. */
export const runCompleteNames = (words: ReadonlyArray<string>): void =>
  runProgram(
    Effect.gen(function* () {
      const [{ completionNames }, { TaskLayer }, { print }] = yield* Effect.promise(() =>
        Promise.all([import("./completionNames.ts"), import("./layers/TaskLayer.ts"), import("./terminal.ts")]),
      )
      for (const name of yield* Effect.provide(completionNames(words), TaskLayer)) yield* print(name)
    }),
    { json: false },
  )
/** `kugetsu pm-shell -c <line>`: what the PM has in place of a shell. */
export const runPmShell = async (args: ReadonlyArray<string>): Promise<void> => {
  const [{ readPmCall }, { runCommandLine }] = await Promise.all([import("./pmShell.ts"), import("./commandLine.ts")])
  const call = readPmCall(args)
  if (Result.isSuccess(call)) runCommandLine(call.success, args)
  else runProgram(Effect.fail(call.failure), { json: false })
}

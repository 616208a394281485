import { Result } from "effect"
import { readPmLine } from "./pmLine.ts"
import { type NotForPm, requirePmWords } from "./requireForAgent.ts"
import { UsageError } from "./UsageError.ts"

/** The words of kugetsu's command line that a call of the PM's shell comes to: `-c` and the line, as any shell is called. */
export const readPmCall = (
  args: ReadonlyArray<string>,
): Result.Result<ReadonlyArray<string>, UsageError | NotForPm> => {
  const [option, line, ...rest] = args
  if (option !== "-c" || line === undefined || rest.length > 0) return refusal("it is called as -c and one line")
  const words = readPmLine(line)
  if (Result.isFailure(words)) return refusal(words.failure)
  return Result.map(requirePmWords(words.success), () => words.success)
}

const refusal = (reason: string) =>
  Result.fail(
    new UsageError({
      message: `nothing was run: ${reason}`,
      remedy: "This shell runs one plain command, such as: kugetsu comment host/owner/repo#14 'what to say'",
    }),
  )

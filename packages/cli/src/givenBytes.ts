import { LONGEST_MESSAGE } from "@kugetsu/core/Queue"
import { Effect, FileSystem, type PlatformError, Stdio, Stream } from "effect"
import { UsageError } from "./UsageError.ts"

/** More was given than is taken; what is beyond that was not read. */
export interface TooMuch {
  readonly _tag: "TooMuch"
  readonly limit: number
}

/** Reads no further than the limit: standard input, and some files, have no end. */
const bounded = <E>(bytes: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, E | TooMuch> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    return Stream.runForEach(bytes, (chunk) => {
      chunks.push(chunk)
      size += chunk.length
      return size > LONGEST_MESSAGE ? Effect.fail({ _tag: "TooMuch", limit: LONGEST_MESSAGE } as const) : Effect.void
    }).pipe(Effect.map(() => Buffer.concat(chunks)))
  })

export const fileBytes = (path: string) =>
  FileSystem.FileSystem.use((fs) =>
    bounded(
      Stream.mapError(
        fs.stream(path),
        (error) =>
          new UsageError({
            message: `${path} ${faultOf(error)}`,
            remedy: "Name a file with the text, or `-` in place.",
          }),
      ),
    ),
  )

const faultOf = ({ reason }: PlatformError.PlatformError): string => {
  switch ((reason.cause as NodeJS.ErrnoException | undefined)?.code) {
    case "ENOENT":
    case "ENOTDIR":
      return "is missing"
    case "EISDIR":
      return "is a directory"
    case "EACCES":
    case "EPERM":
      return "may not be read"
    default:
      return `cannot be read: ${reason.message}`
  }
}

export const inputBytes = Stdio.Stdio.use(({ stdin }) =>
  bounded(
    Stream.mapError(
      stdin,
      (error) => new UsageError({ message: `cannot read standard input: ${error.message}`, remedy: "Pipe a text in." }),
    ),
  ),
)

import { Effect, Option, Result, Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"
import { withoutSecrets } from "../domain/Secret.ts"
import { createFile, type HomeUnusable, readText, replaceFile } from "./Files.ts"

/** A record that is there and cannot be understood. It is never skipped, and never read as empty. */
export class RecordUnreadable extends Schema.TaggedError<RecordUnreadable>()("RecordUnreadable", {
  path: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.config
  override get message() {
    return `${this.path} cannot be read as a record: ${this.reason}`
  }
  get remedy() {
    return "Mend the file by hand, or move it away; kugetsu leaves it as it is."
  }
}

/** One kind of JSON record on disk: decoded by its schema, replaced whole and durably. */
export interface JsonFile<A> {
  /** None when there is no such file. */
  readonly find: (file: string) => Effect.Effect<Option.Option<A>, RecordUnreadable | HomeUnusable>
  readonly replace: (file: string, value: A) => Effect.Effect<void, HomeUnusable>
  /** false when the file exists already. */
  readonly create: (file: string, value: A) => Effect.Effect<boolean, HomeUnusable>
}

export const jsonFile = <S extends Schema.ConstraintCodec<any, any>>(schema: S): JsonFile<S["Type"]> => {
  const decode = Schema.decodeUnknownResult(schema)
  const encode = Schema.encodeUnknownSync(schema)
  const print = (value: S["Type"]) => JSON.stringify(encode(value), null, 2) + "\n"
  return {
    find: (file) =>
      Effect.flatMap(
        readText(file),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (text) =>
            Effect.fromResult(Result.flatMap(parseJson(text), decode)).pipe(
              Effect.asSome,
              Effect.mapError((error) => new RecordUnreadable({ path: file, reason: oneLine(error.message) })),
            ),
        }),
      ),
    replace: (file, value) => replaceFile(file, print(value)),
    create: (file, value) => createFile(file, print(value)),
  }
}

/** Not through a schema, which takes several times as long; `kugetsu list` reads every session there is. */
const parseJson = (text: string): Result.Result<unknown, Error> =>
  Result.try({ try: () => JSON.parse(text) as unknown, catch: (cause) => cause as Error })

/** It names what stands in the record. */
const oneLine = (text: string) => withoutSecrets(text).replace(/\s+/g, " ").slice(0, 500)

import { DateTime, Effect, Option, Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { exists, fileStamp, realPath, removeTree } from "../system/Files.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import { jsonFile } from "../system/JsonFile.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { resolveOpencode } from "./OpencodeBinary.ts"

/** opencode-unfit.json: an opencode that was tried and does not do what it must. */
const UnfitOpencode = Schema.Struct({
  version: Schema.Literal(1),
  /** Absolute, without symbolic links. */
  program: Schema.String,
  /** Of the executable file then; another file is another opencode, of which nothing is known. */
  stamp: Schema.String,
  opencode: Schema.String,
  reason: Schema.String,
  since: Schema.String,
})

const file = jsonFile(UnfitOpencode)

/** No agent is started with an opencode that failed its probe. */
export class OpencodeUnfit extends Schema.TaggedError<OpencodeUnfit>()("OpencodeUnfit", {
  program: Schema.String,
  opencode: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `opencode ${this.opencode} (${this.program}) does not do what it must: ${this.reason}`
  }
  get remedy() {
    return "Nothing was started. Install a version that is known to work, or name one in OPENCODE_BIN; `kugetsu doctor --fix` tries it anew."
  }
}

/** Fails while the opencode that would be started is the one that failed. `configured`: OPENCODE_BIN. */
export const requireFitOpencode = Effect.fn("UnfitOpencode.require")(function* (configured: string | null) {
  const found = yield* file.find((yield* KugetsuHome).unfitOpencode)
  if (Option.isNone(found)) return
  const { opencode, program, reason, stamp } = found.value
  if ((yield* fileStamp(program)) !== stamp) return
  const PATH = (yield* HostEnvironment).PATH ?? ""
  const named = yield* Effect.option(Effect.flatMap(resolveOpencode(configured, { PATH }), realPath))
  if (Option.isSome(named) && named.value !== program) return
  return yield* new OpencodeUnfit({ program, opencode, reason })
})

/** From now on no agent is started with it. */
export const forbidOpencode = Effect.fn("UnfitOpencode.forbid")(function* (
  executable: string,
  { opencode, reason }: { readonly opencode: string; readonly reason: string },
) {
  const program = yield* realPath(executable)
  const stamp = yield* fileStamp(program)
  const since = timestamp(yield* DateTime.now)
  yield* file.replace((yield* KugetsuHome).unfitOpencode, { version: 1, program, stamp, opencode, reason, since })
})

/** false: none was forbidden. */
export const allowOpencode = Effect.gen(function* () {
  const { unfitOpencode } = yield* KugetsuHome
  const wasThere = yield* exists(unfitOpencode)
  if (wasThere) yield* removeTree(unfitOpencode)
  return wasThere
})

import { Effect, Option, Result } from "effect"
import * as path from "node:path"
import { redactJson } from "../domain/Redaction.ts"
import { redactor } from "../Redactor.ts"
import { readText, removeTree, replaceFile, temporaryDirectoryIn } from "../system/Files.ts"
import type { AgentPaths, KugetsuPaths } from "../system/KugetsuHome.ts"
import { Processes } from "../system/Processes.ts"
import { identityOf, signal } from "../system/ProcessTable.ts"
import { type OpencodeCall, OpencodeFailed } from "./OpencodeCall.ts"
import { parseExport, type SessionExport } from "./SessionExport.ts"

const LIMIT_MS = 120_000

/** Runs `opencode import`. A killed import leaves a part of the messages: the caller checks what is there. */
export const importSession = Effect.fn("transferSession.import")(function* (
  call: OpencodeCall,
  storage: AgentPaths,
  document: SessionExport,
) {
  const file = path.join(storage.dir, "import.json")
  yield* replaceFile(file, JSON.stringify(document))
  const { exitCode, stderr, stdout } = yield* (yield* Processes).run({
    program: call.program,
    args: ["import", file],
    cwd: call.directory,
    env: call.environment(storage.database),
    timeoutMs: LIMIT_MS,
  })
  yield* removeTree(file)
  if (exitCode !== 0) return yield* new OpencodeFailed({ command: "import", detail: essence(stderr || stdout) })
})

/** The whole session. Its way is a file: through a pipe opencode cuts it off. */
export const exportSession = Effect.fn("transferSession.export")(function* (
  call: OpencodeCall,
  home: KugetsuPaths,
  name: string,
  session: string,
  database = home.agent(name).database,
) {
  const dir = yield* Effect.acquireRelease(temporaryDirectoryIn(home.agents, `.${name}.`), (made) =>
    Effect.ignore(removeTree(made)),
  )
  const files = { stdout: path.join(dir, "export.json"), stderr: path.join(dir, "stderr.log") }
  const child = yield* (yield* Processes).launch({
    argv: [call.program, "export", session],
    cwd: call.directory,
    env: call.environment(database),
    stdin: null,
    ...files,
    descriptors: [],
  })
  const identity = identityOf(child.pid)
  yield* Effect.addFinalizer(() => Effect.sync(() => identity !== null && signal(identity, "SIGKILL")))

  const failed = (detail: string) => new OpencodeFailed({ command: "export", detail })
  const exit = yield* Effect.timeoutOption(child.exited, LIMIT_MS)
  if (Option.isNone(exit)) return yield* failed(`it did not end within ${LIMIT_MS / 1000} s`)
  const text = Option.getOrElse(yield* readText(files.stdout), () => "")
  const exported = parseExport(text)
  if (exit.value.code !== 0 || Result.isFailure(exported)) {
    const said = Option.getOrElse(yield* readText(files.stderr), () => "")
    return yield* failed(exit.value.code === 0 && Result.isFailure(exported) ? exported.failure : essence(said))
  }
  if (exported.success.info.id !== session) return yield* failed(`it gave session ${exported.success.info.id}`)
  return yield* withoutKnown(exported.success)
}, Effect.scoped)

/** A conversation repeats what the agent saw; a copy of it that is no conversation any more would help nobody. */
const withoutKnown = Effect.fnUntraced(function* (whole: SessionExport) {
  const text = JSON.stringify(redactJson(whole, yield* redactor), null, 2)
  const exported = parseExport(text)
  if (Result.isSuccess(exported)) return { text, exported: exported.success }
  return yield* new OpencodeFailed({ command: "export", detail: `without its secrets ${exported.failure}` })
})

/** What a program said, without colours and on one line. */
const essence = (said: string): string =>
  Bun.stripANSI(said).replace(/\s+/g, " ").trim().slice(0, 500) || "it said nothing"

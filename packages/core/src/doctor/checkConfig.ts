import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import { configKeys } from "../domain/Config.ts"
import type { Failure } from "../domain/Failure.ts"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import { EnvFiles } from "../EnvFiles.ts"
import { Servers } from "../Servers.ts"
import { Settings } from "../Settings.ts"
import { attempt, ensureDirectory } from "../system/Files.ts"
import { jsonFile } from "../system/JsonFile.ts"
import { KugetsuHome, userHome } from "../system/KugetsuHome.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import { treat, type Treatment, withFix } from "./Treatment.ts"

const reposFile = jsonFile(Schema.Record(Schema.String, Schema.String))

/** What a person wrote: `config`, env files, repos.json, servers.json, and the directory for agents. */
export const checkConfig = Effect.fn("checkConfig")(function* (treatment: Treatment) {
  const home = yield* KugetsuHome
  const settings = yield* Effect.result((yield* Settings).load)
  const env = yield* EnvFiles
  const findings = [
    ...(yield* telling(home.servers, (yield* Servers).preferred)),
    ...(yield* telling(home.repos, reposFile.find(home.repos))),
    ...(yield* telling(home.envDir, env.forAgent("dev"))),
    ...(yield* telling(home.envDir, env.forAgent("pm-agent"))),
  ]
  if (settings._tag === "Failure") {
    findings.push(problem(home.config, settings.failure.message, settings.failure.remedy))
  } else {
    for (const text of settings.success.warnings) findings.push(warning(home.config, text, "Correct it, or remove it."))
    findings.push(...(yield* checkTempDir(treatment, settings.success.tempDir)))
  }
  const faults = [...new Map(findings.map((finding) => [finding.found, finding])).values()]
  return faults.length === 0 ? [well(home.config, "it is understood, and so are env files and servers")] : faults
})

const telling = <R>(subject: string, read: Effect.Effect<unknown, Failure, R>) =>
  Effect.match(read, {
    onFailure: ({ message, remedy }): ReadonlyArray<Finding> => [problem(subject, message, remedy)],
    onSuccess: () => [],
  })

/** opencode makes its own when it needs it. */
const checkTempDir = Effect.fnUntraced(function* (treatment: Treatment, dir: string) {
  const usual = configKeys.tempDir.fallback.replace("~", userHome(yield* HostEnvironment))
  const stat = yield* attempt("look at", dir, () => fs.statSync(dir, { throwIfNoEntry: false }))
  const found = (what: string) => `KUGETSU_TEMP_DIR: ${what}`
  if (stat === undefined) {
    if (dir === usual) return []
    const ailment = { subject: dir, found: found("it is not there"), remedy: withFix("makes it") }
    return [yield* treat(treatment, ailment, Effect.as(ensureDirectory(dir), "it was made"))]
  }
  const remedy = "Name another directory in KUGETSU_TEMP_DIR."
  if (!stat.isDirectory()) return [problem(dir, found("it is no directory"), remedy)]
  const mayWrite = yield* Effect.match(
    attempt("write", dir, () => fs.accessSync(dir, fs.constants.W_OK)),
    { onFailure: () => false, onSuccess: () => true },
  )
  return mayWrite ? [] : [problem(dir, found("agents may not write there"), remedy)]
})

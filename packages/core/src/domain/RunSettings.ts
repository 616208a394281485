import { Effect, Schema } from "effect"
import type { ConfigValues } from "./Config.ts"
import { Verbosity } from "./Verbosity.ts"

/** What of the configuration a run goes by; nothing of it is secret. */
export const RunSettings = Schema.Struct({
  temp_dir: Schema.String,
  git_author_name: Schema.NullOr(Schema.String),
  git_author_email: Schema.NullOr(Schema.String),
  model: Schema.NullOr(Schema.String),
  pm_model: Schema.NullOr(Schema.String),
  base_branch: Schema.NullOr(Schema.String),
  opencode_bin: Schema.NullOr(Schema.String),
  default_git_server: Schema.NullOr(Schema.String),
  /** Not in the oldest. */
  open_pull_request: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  /** Not in the oldest. */
  trusted_authors_only: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  verbosity: Verbosity.pipe(Schema.withDecodingDefaultKey(Effect.succeed("default" as const))),
  git_servers: Schema.Array(Schema.Struct({ name: Schema.String, url: Schema.String })),
})
export type RunSettings = typeof RunSettings.Type

export const runSettingsOf = (values: ConfigValues): RunSettings => ({
  temp_dir: values.tempDir,
  git_author_name: values.gitAuthorName,
  git_author_email: values.gitAuthorEmail,
  model: values.model,
  pm_model: values.pmModel,
  base_branch: values.baseBranch,
  opencode_bin: values.opencodeBin,
  default_git_server: values.defaultGitServer,
  open_pull_request: values.openPullRequest,
  trusted_authors_only: values.trustedAuthorsOnly,
  verbosity: values.verbosity,
  git_servers: values.gitServers,
})

/** The configuration of a run: what it goes by, and for all else the values at hand. */
export const withRunSettings = (values: ConfigValues, settings: RunSettings): ConfigValues => ({
  ...values,
  tempDir: settings.temp_dir,
  gitAuthorName: settings.git_author_name,
  gitAuthorEmail: settings.git_author_email,
  model: settings.model,
  pmModel: settings.pm_model,
  baseBranch: settings.base_branch,
  opencodeBin: settings.opencode_bin,
  defaultGitServer: settings.default_git_server,
  openPullRequest: settings.open_pull_request,
  trustedAuthorsOnly: settings.trusted_authors_only,
  verbosity: settings.verbosity,
  gitServers: settings.git_servers,
})

import { asConfiguration, type PermissionRule } from "./PermissionRules.ts"
import type { PersonConfiguration } from "./PersonConfiguration.ts"

export interface TurnNeeds {
  readonly permissions: ReadonlyArray<PermissionRule>
  readonly person: PersonConfiguration
  /** A file with the repository's own rules for agents, absolute; null: there is none. */
  readonly instructions: string | null
  /** Modules that opencode loads beside the person's own, `file:` URLs. */
  readonly plugins?: ReadonlyArray<string>
  /** The program that commands are given to, absolute; null: the person's own choice. */
  readonly shell?: string | null
}

/** Milliseconds without a sign from the provider, after which opencode tries again. */
const timeouts = { headerTimeout: 300_000, chunkTimeout: 300_000 }

/**
 * The text of OPENCODE_CONFIG_CONTENT. opencode lays it over the person's own configuration, so it says only what must
 * be so: their model and their providers serve.
 */
export const turnConfiguration = ({
  instructions,
  permissions,
  person,
  plugins = [],
  shell = null,
}: TurnNeeds): string => {
  const content = {
    $schema: "https://opencode.ai/config.json",
    autoupdate: false,
    share: "disabled",
    // a shadow repository for undo: several git processes a step, and nobody to undo anything
    snapshot: false,
    permission: asConfiguration(permissions),
    provider: Object.fromEntries([...person.providers].map(([id, own]) => [id, { options: timeoutsBeside(own) }])),
    ...(instructions === null ? {} : { instructions: [instructions] }),
    ...(plugins.length === 0 ? {} : { plugin: plugins }),
    ...(shell === null ? {} : { shell }),
  }
  // opencode replaces {env:…} and {file:…} in the text, wherever they stand; a path may contain such words
  return JSON.stringify(content).replace(/\{(?=(?:env|file):)/g, "\\u007b")
}

/** What the person set themselves stands. */
const timeoutsBeside = (own: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(timeouts).filter(([key]) => !(key in own)))

import { expect } from "bun:test"
import { configKeys } from "@kugetsu/core/domain/Config"
import { createHomeFiles } from "@kugetsu/core/homeFiles"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const top = path.join(import.meta.dirname, "..", "..")

/** The keys whose values some code looks at. */
const keysInForce = (): ReadonlyArray<string> => {
  const sources = [...new Bun.Glob("packages/*/src/**/*.ts").scanSync({ cwd: top })]
    .filter((file) => !file.endsWith("/domain/Config.ts") && !file.endsWith("/homeFiles.ts"))
    .map((file) => fs.readFileSync(path.join(top, file), "utf8"))
  return Object.entries(configKeys).flatMap(([field, { key }]) =>
    sources.some((text) => new RegExp(`\\b${field}\\b`).test(text)) ? [key] : [],
  )
}

effectTest(
  "the config that init writes promises what is in force and nothing else, and formats.md lists the same",
  () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      yield* Effect.provide(createHomeFiles, KugetsuHome.at(root))
      const written = fs.readFileSync(path.join(root, "config"), "utf8")
      const promised = [...written.matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]!)
      expect(promised).toEqual([...keysInForce()])

      const formats = fs.readFileSync(path.join(top, "docs/formats.md"), "utf8")
      const [, table = ""] = /\n\| key \| default \|\n([^]*?)\n\n/.exec(formats) ?? []
      const documented = [...table.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1]!)
      expect(documented.sort()).toEqual(promised.sort())
    }),
)

import * as path from "node:path"

/** A file of the repository; `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** Which of our packages each may import: core <-- forge <-- daemon <-- cli; test may import all of them. */
const mayImport: Readonly<Record<string, ReadonlyArray<string>>> = {
  core: [],
  forge: ["core"],
  daemon: ["core", "forge"],
  cli: ["core", "forge", "daemon"],
  test: ["core", "forge", "daemon", "cli"],
}

/** Rooms of core that may not look everywhere, and where they may look. */
const rooms: Readonly<Record<string, ReadonlyArray<string>>> = {
  "packages/core/src/domain/": ["packages/core/src/domain/"],
  "packages/core/src/system/": ["packages/core/src/system/", "packages/core/src/domain/"],
}

/** What domain may use of the platform: paths as text, and hashes. */
const pure = ["node:path", "node:crypto"]

const emptyNames = /^(utils?|helpers?|common|misc|managers?|handlers?|data|info|index)$/i

/** Every specifier a file imports or re-exports, types and dynamic imports included. */
export const importsOf = (text: string): ReadonlyArray<string> => [
  ...[...text.matchAll(/^\s*(?:import|export)\b[^"'`;=]*?\bfrom\s*["']([^"']+)["']/gm)].map((match) => match[1]!),
  ...[...text.matchAll(/^\s*import\s*["']([^"']+)["']/gm)].map((match) => match[1]!),
  ...[...text.matchAll(/\bimport\(\s*["']([^"']+)["']/g)].map((match) => match[1]!),
]

/** What is wrong with a source file: sentences, none when all is well. */
export const sourceFaults = (file: SourceFile): ReadonlyArray<string> =>
  [
    ...importsOf(file.text).flatMap((specifier) => importFaults(file.path, specifier)),
    ...(inPackages(file.path) ? exportFaults(file.text) : []),
    ...(inPackages(file.path) && emptyNames.test(path.basename(file.path, ".ts")) ? ["its name says nothing"] : []),
  ].map((fault) => `${file.path}: ${fault}`)

/** What is wrong with the dependencies of a package.json: a direction that is not allowed, a forge client elsewhere. */
export const manifestFaults = (file: SourceFile): ReadonlyArray<string> => {
  const manifest = JSON.parse(file.text) as Record<string, Record<string, string> | undefined>
  const kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]
  return kinds
    .flatMap((kind) => Object.keys(manifest[kind] ?? {}))
    .flatMap((name) => {
      const ours = packageFault(file.path, name)
      if (ours !== null) return [ours]
      return /^@(octokit|gitbeaker)\//.test(name) && inPackages(file.path) && packageOf(file.path) !== "forge"
        ? [`depends on ${name}, which only forge knows`]
        : []
    })
    .map((fault) => `${file.path}: ${fault}`)
}

const inPackages = (file: string) => file.startsWith("packages/")

/** `core` of `packages/core/…`, `test` of `test/…`. */
const packageOf = (file: string): string => (inPackages(file) ? file.split("/")[1]! : file.split("/")[0]!)

const packageFault = (file: string, specifier: string): string | null => {
  const imported = /^@kugetsu\/([^/]+)/.exec(specifier)?.[1]
  if (imported === undefined) return null
  const allowed = mayImport[packageOf(file)] ?? []
  return allowed.includes(imported) ? null : `${packageOf(file)} may not depend on ${imported} (${specifier})`
}

const importFaults = (file: string, specifier: string): ReadonlyArray<string> => {
  const ours = packageFault(file, specifier)
  if (ours !== null) return [ours]
  const room = Object.keys(rooms).find((prefix) => file.startsWith(prefix))
  if (!specifier.startsWith(".")) {
    return room?.endsWith("/domain/") && /^(node|bun):|^bun$/.test(specifier) && !pure.includes(specifier)
      ? [`domain is pure, and ${specifier} is not`]
      : []
  }
  const target = path.posix.join(path.posix.dirname(file), specifier)
  if (inPackages(file) && !target.startsWith(`packages/${packageOf(file)}/`)) {
    return [`imports ${specifier}, which is outside its package`]
  }
  if (room !== undefined && !rooms[room]!.some((prefix) => target.startsWith(prefix))) {
    return [`${path.posix.basename(room)} may not import ${specifier}`]
  }
  return []
}

const exportFaults = (text: string): ReadonlyArray<string> => [
  ...(/^\s*export\s+default\b|\bas\s+default\b/m.test(text) ? ["has a default export"] : []),
  ...(reExports(text) ? ["re-exports another module"] : []),
]

/** A file with exports of its own may pass on the types of its signatures, by name. */
const reExports = (text: string): boolean => {
  const passed = [...text.matchAll(/^\s*export\s+(type\s+)?(\*|\{[^}]*\})[^"'\n]*\bfrom\b/gm)]
  const ownExports = /^\s*export\s+(const|class|interface|type\s+\w|function|declare|abstract)/m.test(text)
  return passed.some(([, type, what]) => type === undefined || what === "*" || !ownExports)
}

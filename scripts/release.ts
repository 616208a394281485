import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import * as zlib from "node:zlib"
import manifest from "../packages/cli/package.json" with { type: "json" }
import { outputDirectory } from "./outputDirectory.ts"

/**
 * Makes all that a release consists of: `bun scripts/release.ts [--outdir DIR] [--only linux-x64]… [--releases URL]
 * [--tag v1.2.3]`. For each platform but this one Bun fetches its runtime once, from the package registry.
 */
const root = path.join(import.meta.dirname, "..")

/** Our name of each platform, and Bun's. What Bun calls x64 asks for SSE4.2, and not for AVX. */
const platforms = {
  "linux-x64": "bun-linux-x64",
  "linux-arm64": "bun-linux-arm64",
  "linux-x64-musl": "bun-linux-x64-musl",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "darwin-x64": "bun-darwin-x64",
  "darwin-arm64": "bun-darwin-arm64",
} as const
type Platform = keyof typeof platforms

const { values } = parseArgs({
  options: {
    outdir: { type: "string", default: path.join(root, "dist", "release") },
    /** Some of the platforms; without it all of them. */
    only: { type: "string", multiple: true },
    /** Where install.sh fetches from when nobody says otherwise: the address of a page of releases, as GitHub has it. */
    releases: { type: "string" },
    /** The tag this is built for; it has to be that of the version, and the version in CHANGELOG.md. */
    tag: { type: "string" },
  },
})

const refuse = (reason: string): never => {
  console.error(reason)
  process.exit(1)
}

const chosen = (values.only ?? Object.keys(platforms)).map((name) => {
  if (!(name in platforms)) refuse(`there is no platform ${name}; there are ${Object.keys(platforms).join(", ")}`)
  return name as Platform
})

/** What CHANGELOG.md says of this version; null: nothing. */
const notes = (): string | null => {
  const sections = fs.readFileSync(path.join(root, "CHANGELOG.md"), "utf8").split(/^## /m)
  const section = sections.find((text) => text.startsWith(`[${manifest.version}]`))
  return section === undefined ? null : `## ${section.trimEnd()}\n`
}

if (values.tag !== undefined) {
  if (values.tag !== `v${manifest.version}`) {
    refuse(`the tag is ${values.tag}, and the version in packages/cli/package.json is ${manifest.version}`)
  }
  if (notes() === null) refuse(`CHANGELOG.md has no section [${manifest.version}]`)
}

/** `install.sh`, fetching from where this release will be. */
const installer = (): string => {
  const text = fs.readFileSync(path.join(root, "install.sh"), "utf8")
  if (values.releases === undefined) return text
  if (!/^https?:\/\/[\w.:/~-]+$/.test(values.releases))
    refuse(`${values.releases} is no address that install.sh can have`)
  const line = /^ours="[^"]*"$/m
  if (!line.test(text)) refuse('install.sh has no line ours="…"')
  return text.replace(line, () => `ours="${values.releases!.replace(/\/+$/, "")}"`)
}

const outdir = path.resolve(values.outdir)
const {
  beside: place,
  made: release,
  putInPlace,
} = outputDirectory(outdir, /^(kugetsu-[\w-]+\.gz|install\.sh|LICENSE|SHA256SUMS)$/)

const run = (words: ReadonlyArray<string>): string => {
  const { exitCode, stdout } = Bun.spawnSync([...words], { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
  return exitCode === 0 ? stdout.toString() : refuse(`${words.join(" ")} ended with ${exitCode}`)
}

for (const platform of chosen) {
  const executable = path.join(place, platform)
  run([process.execPath, "scripts/build.ts", "--target", platforms[platform], "--outfile", executable])
  // what can be run here, is: a program that does not start is no release
  if (platform === `${process.platform}-${process.arch}`) {
    const said = run([executable, "--version"]).trim()
    if (said !== `kugetsu ${manifest.version}`) refuse(`${platform} says ${said}`)
  }
  const asset = path.join(release, `kugetsu-${platform}.gz`)
  fs.writeFileSync(asset, zlib.gzipSync(fs.readFileSync(executable)))
  fs.rmSync(executable)
  console.log(`${path.basename(asset)}  ${(fs.statSync(asset).size / 1e6).toFixed(0)} MB`)
}

fs.writeFileSync(path.join(release, "install.sh"), installer(), { mode: 0o755 })
fs.copyFileSync(path.join(root, "LICENSE"), path.join(release, "LICENSE"))
const sums = fs
  .readdirSync(release)
  .sort()
  .map((name) => {
    const digest = new Bun.CryptoHasher("sha256").update(fs.readFileSync(path.join(release, name))).digest("hex")
    return `${digest}  ${name}\n`
  })
fs.writeFileSync(path.join(release, "SHA256SUMS"), sums.join(""))
if (values.tag !== undefined) fs.writeFileSync(path.join(path.dirname(outdir), "release-notes.md"), notes()!)

putInPlace()

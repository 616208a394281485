import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import manifest from "../../packages/cli/package.json" with { type: "json" }
import { effectTest } from "../kit/effectTest.ts"
import { freshMachine, releaseServer, sha256 } from "../kit/installation.ts"

const root = path.join(import.meta.dirname, "..", "..")
const platform = `${process.platform}-${process.arch}`
const asset = `kugetsu-${platform}.gz`
let place: string
let outdir: string

const release = (...words: ReadonlyArray<string>) =>
  Bun.spawnSync([process.execPath, "scripts/release.ts", ...words], { cwd: root })

beforeAll(() => {
  place = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "kugetsu reléase-"))
  outdir = path.join(place, "release")
  // other platforms need the network once, for Bun's own runtime
  const made = release(
    "--only",
    platform,
    "--outdir",
    outdir,
    "--releases",
    "https://git.example.org/x/kugetsu/releases/",
  )
  if (made.exitCode !== 0) throw new Error(made.stderr.toString())
}, 120_000)
afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

test("a release has programs, install.sh and licence, and the checksum of each", () => {
  const files = fs.readdirSync(outdir).sort()
  expect(files).toEqual(["LICENSE", "SHA256SUMS", "install.sh", asset].sort())
  const sums = fs.readFileSync(path.join(outdir, "SHA256SUMS"), "utf8")
  const others = files.filter((name) => name !== "SHA256SUMS")
  expect(sums).toBe(others.map((name) => `${sha256(fs.readFileSync(path.join(outdir, name)))}  ${name}\n`).join(""))
  expect(fs.readdirSync(place)).toEqual(["release"])
})

test("its install.sh fetches from where it was published, and differs in nothing else", () => {
  const ours = (file: string) => fs.readFileSync(file, "utf8").split("\n")
  const before = ours(path.join(root, "install.sh"))
  const changed = ours(path.join(outdir, "install.sh")).filter((line, at) => line !== before[at])
  expect(changed).toEqual(['ours="https://git.example.org/x/kugetsu/releases"'])
})

effectTest("what was released installs over HTTP, runs, and completes words in the shells that are here", () =>
  Effect.gen(function* () {
    const machine = yield* freshMachine(["curl"])
    const files = fs.readdirSync(outdir).map((name) => ({ name, bytes: fs.readFileSync(path.join(outdir, name)) }))
    const { url } = yield* releaseServer(
      "/latest/download",
      files.filter(({ name }) => name === asset),
    )
    const { code, err, out } = yield* machine.install([], { KUGETSU_RELEASES_URL: url })
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out).toContain(`kugetsu ${manifest.version} is installed`)
    expect((yield* machine.script(machine.program, ["--version"])).out).toBe(`kugetsu ${manifest.version}\n`)
    for (const [shell, file] of [
      ["bash", ".local/share/bash-completion/completions/kugetsu"],
      ["zsh", ".local/share/zsh/site-functions/_kugetsu"],
      ["fish", ".config/fish/completions/kugetsu.fish"],
    ] as const) {
      expect(fs.readFileSync(path.join(machine.home, file), "utf8")).toContain("queue-daemon")
      if (Bun.which(shell) === null) console.warn(`there is no ${shell} here: its completions were not tried`)
      else expect((yield* machine.script(shell, ["-n", path.join(machine.home, file)])).err).toBe("")
    }
  }),
)

test("a tag of another version, an unknown platform and a directory with other things in it are refused", () => {
  const refused = (...words: ReadonlyArray<string>) => {
    const { exitCode, stderr } = release(...words)
    expect(exitCode).toBe(1)
    return stderr.toString()
  }
  expect(refused("--tag", "v999.0.0")).toContain(`the tag is v999.0.0`)
  expect(refused("--only", "linux-mips")).toContain("there is no platform linux-mips")
  fs.mkdirSync(path.join(place, "photos"))
  fs.writeFileSync(path.join(place, "photos", "one"), "")
  fs.writeFileSync(path.join(place, "photos", "SHA256SUMS"), "")
  expect(refused("--outdir", path.join(place, "photos"), "--only", platform)).toContain("something else")
  expect(fs.readdirSync(path.join(place, "photos")).sort()).toEqual(["SHA256SUMS", "one"])
  fs.rmSync(path.join(place, "photos"), { recursive: true })
})

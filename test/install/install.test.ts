import { pinnedVersion } from "@kugetsu/core/opencode/OpencodeBinary"
import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshMachine, packed, releaseServer, sha256, standIn } from "../kit/installation.ts"
import { canMount, mount } from "../kit/mounts.ts"

const root = path.join(import.meta.dirname, "..", "..")
const text = fs.readFileSync(path.join(root, "install.sh"), "utf8")
const linux = (machine: string, more: Record<string, string> = {}) => ({
  uname: `#!/bin/sh\ncase $1 in -s) echo Linux ;; -m) echo ${machine} ;; esac\n`,
  getconf: "#!/bin/sh\ncase $1 in LONG_BIT) echo 64 ;; GNU_LIBC_VERSION) echo glibc 2.36 ;; esac\n",
  ...more,
})
const musl = {
  getconf: "#!/bin/sh\nexit 1\n",
  ldd: "#!/bin/sh\necho 'musl libc (x86_64)' >&2\nexit 1\n",
}
const x64 = packed("kugetsu-linux-x64.gz", standIn("1.2.3"))
const installed = [
  ".config/fish/completions/kugetsu.fish",
  ".local/bin/kugetsu",
  ".local/share/bash-completion/completions/kugetsu",
  ".local/share/zsh/site-functions/_kugetsu",
]

const shells = ["dash", "bash"].filter((shell) => Bun.which(shell) !== null)
for (const shell of shells) {
  for (const client of ["curl", "wget"].filter((name) => Bun.which(name) !== null)) {
    effectTest(
      `${shell} with ${client} alone installs the newest release into a clean home, and says what is next`,
      () =>
        Effect.gen(function* () {
          const machine = yield* freshMachine([client], linux("x86_64"))
          const { asked, url } = yield* releaseServer("/latest/download", [x64])
          const { code, err, out } = yield* machine.install([], { KUGETSU_RELEASES_URL: `${url}/` }, shell)
          expect({ code, err }).toEqual({ code: 0, err: "" })
          expect(machine.files()).toEqual(installed)
          expect(fs.statSync(machine.program).mode & 0o777).toBe(0o755)
          expect(asked).toEqual(["/latest/download/SHA256SUMS", "/latest/download/kugetsu-linux-x64.gz"])
          const wanted = ["kugetsu 1.2.3 is installed", 'export PATH="', `npm install -g opencode-ai@${pinnedVersion}`]
          for (const words of [...wanted, "kugetsu init", "fpath="]) expect(out).toContain(words)
        }),
    )
  }
}

test("install.sh names the opencode that kugetsu is tested with", () => {
  expect(text).toContain(`opencode_version="${pinnedVersion}"`)
})

for (const [what, programs, asset] of [
  ["x86_64 with glibc", linux("x86_64"), "kugetsu-linux-x64.gz"],
  ["arm64 with glibc", linux("aarch64"), "kugetsu-linux-arm64.gz"],
  ["x86_64 with musl", linux("x86_64", musl), "kugetsu-linux-x64-musl.gz"],
  ["arm64 with musl", linux("aarch64", musl), "kugetsu-linux-arm64-musl.gz"],
  ["a Mac", { uname: "#!/bin/sh\ncase $1 in -s) echo Darwin ;; -m) echo arm64 ;; esac\n" }, "kugetsu-darwin-arm64.gz"],
  [
    "a shell under Rosetta",
    { uname: "#!/bin/sh\ncase $1 in -s) echo Darwin ;; -m) echo x86_64 ;; esac\n", sysctl: "#!/bin/sh\necho 1\n" },
    "kugetsu-darwin-arm64.gz",
  ],
] as const) {
  effectTest(`${what} gets ${asset} of the release that was asked for`, () =>
    Effect.gen(function* () {
      const machine = yield* freshMachine(["curl"], programs)
      const { url } = yield* releaseServer("/download/v1.2.3", [packed(asset, standIn("1.2.3"))])
      const { code, err } = yield* machine.install(["--version", "v1.2.3"], { KUGETSU_RELEASES_URL: url })
      expect({ code, err }).toEqual({ code: 0, err: "" })
    }),
  )
}

effectTest("another system or processor is told that there is nothing for it", () =>
  Effect.gen(function* () {
    for (const [system, machine] of [
      ["Linux", "riscv64"],
      ["SunOS", "x86_64"],
    ]) {
      const uname = `#!/bin/sh\ncase $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac\n`
      const { code, err } = yield* (yield* freshMachine(["curl"], { uname })).install([])
      expect(code).toBe(69)
      expect(err).toContain("there is no kugetsu for")
    }
  }),
)

/** A machine with an older kugetsu; what must not happen to it is that it changes. */
const withOlder = (more: ReadonlyArray<string> = ["curl"]) =>
  Effect.tap(freshMachine(more, linux("x86_64")), (machine) =>
    Effect.sync(() => machine.write(".local/bin/kugetsu", standIn("1.0.0"), 0o755)),
  )
const unchanged = (machine: Effect.Success<ReturnType<typeof withOlder>>, others: ReadonlyArray<string> = []) => {
  expect(machine.files()).toEqual([".local/bin/kugetsu", ...others])
  expect(fs.readFileSync(machine.program, "utf8")).toBe(standIn("1.0.0"))
}

effectTest(
  "a checksum that differs, a download that is cut, a release that is not there: each leaves all as it was",
  () =>
    Effect.gen(function* () {
      const machine = yield* withOlder(["curl", ...(Bun.which("wget") === null ? [] : ["wget"])])
      const at = (url: string) => ({ KUGETSU_RELEASES_URL: url })
      const big = packed(
        x64.name,
        standIn("1.2.3", `# ${Array.from({ length: 30_000 }, () => crypto.randomUUID()).join("")}`),
      )
      const cut = yield* releaseServer("/latest/download", [big], true)
      const half = yield* machine.install([], at(cut.url))
      expect(cut.asked).toContain("/latest/download/kugetsu-linux-x64.gz")
      expect(half.code).toBe(69)
      expect(half.err).toContain("could not be fetched")
      unchanged(machine)
      const absent = yield* machine.install(["--version", "9.9.9"], at(cut.url))
      expect(absent.code).toBe(69)
      unchanged(machine)
      const file = machine.write("kugetsu.gz", x64.bytes)
      const sums = machine.write("sums", `${sha256("something else")}  kugetsu.gz\n`)
      const other = yield* machine.install(["--from-file", file, "--checksums", sums])
      expect(other.code).toBe(73)
      expect(other.err).toContain("is not what was released")
      unchanged(machine, ["kugetsu.gz", "sums"])
    }),
)

effectTest("without curl and wget both are named, and the files to fetch elsewhere", () =>
  Effect.gen(function* () {
    const machine = yield* withOlder([])
    const { code, err } = yield* machine.install([], { KUGETSU_RELEASES_URL: "http://127.0.0.1:9/releases" })
    expect(code).toBe(69)
    for (const words of [
      "curl",
      "wget",
      "http://127.0.0.1:9/releases/latest/download/kugetsu-linux-x64.gz",
      "--from-file",
    ]) {
      expect(err).toContain(words)
    }
    unchanged(machine)
  }),
)

effectTest("--from-file needs no network, takes what is packed and what is not, and replaces by rename", () =>
  Effect.gen(function* () {
    const machine = yield* withOlder([])
    const running = fs.openSync(machine.program, "r")
    const file = machine.write("media/kugetsu-linux-x64.gz", x64.bytes)
    machine.write("media/SHA256SUMS", `${sha256(x64.bytes)}  kugetsu-linux-x64.gz\n`)
    const first = yield* machine.install(["--from-file", file])
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: "" })
    expect(first.out).toContain("queue-daemon restart")
    expect(fs.readFileSync(machine.program, "utf8")).toBe(standIn("1.2.3"))
    expect(fs.readFileSync(running, "utf8")).toBe(standIn("1.0.0"))
    fs.closeSync(running)
    const unpacked = yield* machine.install(["--from-file", machine.write("media/kugetsu", standIn("1.2.4"))])
    expect(unpacked.code).toBe(73)
    expect(unpacked.err).toContain("give the kugetsu-….gz as it was released")
    const plain = machine.write("plain/any name", standIn("1.2.4"))
    const second = yield* machine.install(["--from-file", plain])
    expect(second.out).toContain("There are no checksums")
    expect(fs.readFileSync(machine.program, "utf8")).toBe(standIn("1.2.4"))
    expect(machine.files().filter((name) => name.startsWith(".local/bin/"))).toEqual([".local/bin/kugetsu"])
  }),
)

effectTest("what does not run here, or is no kugetsu, takes nothing's place", () =>
  Effect.gen(function* () {
    const machine = yield* withOlder([])
    for (const [program, code, words] of [
      ["#!/bin/sh\nkill -ILL $$\n", 69, "SSE4.2"],
      ["#!/bin/sh\necho 'libstdc++.so.6: No such file' >&2\nexit 127\n", 69, "apk add libstdc++"],
      ["not a program of this machine", 69, "does not run here"],
      ["#!/bin/sh\necho hello\n", 1, "this file is not kugetsu"],
    ] as const) {
      const refused = yield* machine.install(["--from-file", machine.write("given", program)])
      expect(refused.code).toBe(code)
      expect(refused.err).toContain(words)
      unchanged(machine, ["given"])
    }
  }),
)

const full = "on a full disk the old program stays, and nothing of the new one"
if (!canMount) test.skip(`${full} (needs mount)`, () => undefined)
else {
  effectTest(full, () =>
    Effect.gen(function* () {
      const machine = yield* withOlder([])
      const small = path.join(machine.dir, "small")
      fs.mkdirSync(small)
      yield* mount(small, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
      fs.copyFileSync(machine.program, path.join(small, "kugetsu"))
      const big = packed("big.gz", standIn("1.2.3", `# ${"x".repeat(1_000_000)}`))
      const file = machine.write("big.gz", big.bytes)
      const { code, err } = yield* machine.install(["--from-file", file], { KUGETSU_INSTALL_DIR: small })
      expect(code).toBe(74)
      expect(err).toContain("the disk is full")
      expect(fs.readdirSync(small)).toEqual(["kugetsu"])
      expect(fs.readFileSync(path.join(small, "kugetsu"), "utf8")).toBe(standIn("1.0.0"))
    }),
  )
}

effectTest("half of install.sh, as a cut pipe gives it, does nothing", () =>
  Effect.gen(function* () {
    const machine = yield* freshMachine(["curl"], linux("x86_64"))
    for (const part of [0.3, 0.6, 0.95]) {
      const half = machine.write("half.sh", text.slice(0, text.length * part))
      yield* machine.script("sh", [half], { KUGETSU_RELEASES_URL: "http://127.0.0.1:9" })
      expect(machine.files()).toEqual(["half.sh"])
    }
  }),
)

effectTest("wrong usage is told, and --help tells all there is", () =>
  Effect.gen(function* () {
    const machine = yield* freshMachine()
    for (const words of [
      ["--froce"],
      ["x"],
      ["--version"],
      ["--version", "1;ls"],
      ["--version", "1", "--from-file", "x"],
    ]) {
      expect((yield* machine.install(words)).code).toBe(64)
    }
    expect((yield* machine.install([], { KUGETSU_INSTALL_DIR: "bin" })).code).toBe(64)
    expect((yield* machine.install(["--from-file", "nowhere"])).code).toBe(69)
    const { out } = yield* machine.install(["--help"])
    const options = [...text.matchAll(/^ +(--[a-z-]+)(?: \| -h)?\)/gm)].map(([, option]) => option!)
    expect(options.length).toBeGreaterThan(2)
    for (const option of [...options, "KUGETSU_INSTALL_DIR", "KUGETSU_RELEASES_URL"]) expect(out).toContain(option)
    expect(machine.files()).toEqual([])
  }),
)

import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshMachine, packed, releaseServer, standIn } from "../kit/installation.ts"

const root = path.join(import.meta.dirname, "..", "..")
const script = path.join(root, "skills", "kugetsu", "scripts", "kugetsu-install.sh")
const uname = "#!/bin/sh\ncase $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac\n"
const getconf = "#!/bin/sh\ncase $1 in LONG_BIT) echo 64 ;; *) echo glibc ;; esac\n"

/** What a shell knows, without what changes from line to line. */
const changing =
  "_|path|PATH|LINENO|PIPESTATUS|pipestatus|RANDOM|SECONDS|SRANDOM|status|TTYIDLE|ERRNO|OLDPWD|BASH_[A-Z]*|EPOCH[A-Z]*|[?]"
const known = `{ set; set +o; } | grep -Ev '^(${changing})='`

/** Sourced with options that kill a shell at the first mistake, and with arguments that are its caller's. */
const caller = `cd '${root}'
set -- --its-own words
${known} >"$HOME/before"
set -eu
if . skills/kugetsu/scripts/kugetsu-install.sh >"$HOME/out" 2>"$HOME/err"; then echo "status 0"; else echo "status $?"; fi
set +eu
${known} >"$HOME/after"
diff "$HOME/before" "$HOME/after" && echo "nothing left"
echo "$*"
command -v kugetsu
echo "in $PWD"
`

for (const shell of ["dash", "bash", "zsh"]) {
  if (Bun.which(shell) === null) {
    test.skip(`kugetsu-install.sh sourced by ${shell} (which is not here)`, () => undefined)
    continue
  }
  effectTest(`sourced by ${shell} it installs, leaves the program on the PATH, and nothing else behind`, () =>
    Effect.gen(function* () {
      const machine = yield* freshMachine(["curl", "diff"], { uname, getconf })
      const { url } = yield* releaseServer("/latest/download", [packed("kugetsu-linux-x64.gz", standIn("1.2.3"))])
      const { err, out } = yield* machine.script(shell, ["-c", caller], { KUGETSU_RELEASES_URL: url })
      expect({ err, out }).toEqual({
        err: "",
        out: `status 0\nnothing left\n--its-own words\n${machine.program}\nin ${root}\n`,
      })
    }),
  )

  effectTest(`when it cannot install, the ${shell} that sourced it lives on, unchanged, and sees the status`, () =>
    Effect.gen(function* () {
      const machine = yield* freshMachine(["diff"], { uname, getconf })
      const { out } = yield* machine.script(shell, ["-c", caller], { KUGETSU_RELEASES_URL: "http://127.0.0.1:9" })
      expect(out).toBe(`status 69\nnothing left\n--its-own words\nin ${root}\n`)
      const said = fs.readFileSync(path.join(machine.home, "err"), "utf8")
      expect(said).toContain("neither curl nor wget")
      expect(said).toContain("sourced it passes no words on")
    }),
  )

  effectTest(`plainly sourced by ${shell} a failure is a status, with which set -e may end the shell`, () =>
    Effect.gen(function* () {
      const machine = yield* freshMachine([], { uname, getconf })
      const plain = `. skills/kugetsu/scripts/kugetsu-install.sh 2>"$HOME/err"; echo "status $?"`
      const env = { KUGETSU_RELEASES_URL: "http://127.0.0.1:9" }
      const { out } = yield* machine.script(shell, ["-c", `cd '${root}'; ${plain}`], env)
      expect(out).toBe("status 69\n")
      expect(fs.readFileSync(path.join(machine.home, "err"), "utf8")).not.toContain("words")
      const strict = yield* machine.script(shell, ["-c", `cd '${root}'; set -e; ${plain}`], env)
      // zsh takes the `&&` in the file for its own
      const ended = shell === "zsh" ? { code: 0, out: "status 69\n" } : { code: 69, out: "" }
      expect({ code: strict.code, out: strict.out }).toEqual(ended)
    }),
  )
}

effectTest("run as a program it passes its words on, from any directory", () =>
  Effect.gen(function* () {
    const machine = yield* freshMachine()
    const { code, out } = yield* machine.script("sh", [script, "--help"])
    expect(code).toBe(0)
    expect(out).toContain("--from-file")
    expect((yield* machine.script("sh", [script, "--nonsense"])).code).toBe(64)
  }),
)

import { afterAll, beforeAll, expect, test } from "bun:test"
import { pinnedVersion } from "@kugetsu/core/opencode/OpencodeBinary"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import manifest from "../../packages/cli/package.json" with { type: "json" }
import { effectTest } from "../kit/effectTest.ts"
import { lackingForDebian, onFreshDebian } from "../kit/freshDebian.ts"
import { sha256 } from "../kit/installation.ts"
import { scriptOf } from "../kit/scriptedModel.ts"

const root = path.join(import.meta.dirname, "..", "..")
const asset = `kugetsu-linux-${process.arch}.gz`
const installer = fs.readFileSync(path.join(root, "install.sh"))
let program: Uint8Array
let place: string

/** The executable as a release has it, in less time: packed loosely. */
beforeAll(async () => {
  if (lackingForDebian !== null) return
  place = fs.mkdtempSync(path.join(os.tmpdir(), "kugetsu-release-"))
  let executable = process.env.KUGETSU_TESTED
  if (executable === undefined) {
    executable = path.join(place, "kugetsu")
    const words = [process.execPath, "scripts/build.ts", "--outfile", executable]
    const build = Bun.spawn(words, { cwd: root, stdio: ["ignore", "ignore", "inherit"] })
    expect(await build.exited).toBe(0)
  }
  program = Bun.gzipSync(fs.readFileSync(path.resolve(root, executable)), { level: 1 })
}, 300_000)
afterAll(() => place !== undefined && fs.rmSync(place, { recursive: true }))

const ref = "example.org/ada/tool#"
const task = (issue: number, before = "") => {
  const command = `${before}echo two >>README.md; git commit -qam '#${issue}: work'; git push -q origin HEAD`
  return `Mend it.\n${scriptOf([{ tool: "bash", args: { command, description: "work" } }, { text: "Done." }])}\n`
}

/** Lines of `sh`: a person installs, and has one repository. */
const setUp = `
sh /given/install.sh --from-file /given/${asset}
git init -q --bare -b main /srv/tool.git
git init -q -b main /tmp/first
cd /tmp/first; echo one >README.md; git add -A; git commit -qm first; git push -q /srv/tool.git main; cd
kugetsu init
printf '{"example.org/ada/tool": "/srv/tool.git"}' >~/.kugetsu/repos.json
`

const scenario = (
  name: string,
  script: string,
  given: Readonly<Record<string, string>>,
  judge: (out: string, err: string) => void,
  isLong = false,
) => {
  const lacking = isLong && process.env.KUGETSU_LONG_TESTS !== "1" ? "KUGETSU_LONG_TESTS=1" : lackingForDebian
  if (lacking !== null) return test.skip(`${name} (needs ${lacking})`, () => undefined)
  effectTest(name, () =>
    Effect.gen(function* () {
      const files = {
        "install.sh": installer,
        [asset]: program,
        SHA256SUMS: `${sha256(program)}  ${asset}\n`,
        ...given,
      }
      const { code, stderr, stdout } = yield* onFreshDebian(script, files)
      expect({ code, ...(code === 0 ? {} : { stdout, stderr }) }).toEqual({ code: 0 })
      judge(stdout, stderr)
    }),
  )
}

const wholeWay = `
for name in bun node npm kugetsu systemctl; do ! command -v $name || exit 1; done
[ "$(opencode --version)" = ${pinnedVersion} ]
${setUp}
kugetsu queue-daemon start
id=$(kugetsu delegate --file /given/task)
until [ -e ~/.kugetsu/queue/done/$id.json ]; do sleep 0.2; done
kugetsu logs '${ref}1'
echo "pushed: $(git -C /srv/tool.git log -1 --format='%an %s' fix/issue-1)"
kept=0; kugetsu destroy '${ref}1' -y || kept=$?
git -C /srv/tool.git update-ref refs/heads/main refs/heads/fix/issue-1
kugetsu destroy '${ref}1' -y --json | grep -q '"removed": *true'
echo "kept while unmerged: $kept, then gone: $(ls ~/.kugetsu/worktrees | wc -l)"
sh /given/install.sh --uninstall
[ ! -e ~/.local/bin/kugetsu ]
echo "left: $(find ~ -path ~/.kugetsu -prune -o -type f -name '*kugetsu*' -print) $(cat /proc/[0-9]*/comm | grep -c kugetsu)"
ls ~/.kugetsu/trash
`

scenario(
  "on a fresh Debian with git, curl and opencode, without a network: installed, one task done, put away and uninstalled",
  "as_ada wholeWay",
  { wholeWay, task: task(1).replace("Mend it.", `Mend ${ref}1.`) },
  (out, err) => {
    for (const words of [
      `kugetsu ${manifest.version} is installed: /home/ada/.local/bin/kugetsu`,
      "kugetsu is ready in /home/ada/.kugetsu",
      `committed  ${ref}1`,
      "pushed: Ann #1: work",
      "kept while unmerged: 73, then gone: 0",
      "removed /home/ada/.local/bin/kugetsu",
      "Your sessions, worktrees and settings are kept: /home/ada/.kugetsu",
      "left:  0\nt_",
    ]) {
      expect(out).toContain(words)
    }
    expect(out).not.toContain("There are no checksums")
    expect(err).toContain("its remote has no pull requests")
  },
)

/** As a container that is killed and begun anew on the same home. Files say what one step tells the next. */
const inContainers = `
as_ada setUp
container kugetsu queue-daemon run
in_container delegate
until [ -e srv/at-work ]; do sleep 0.1; done
kill -KILL $inner
wait $outer || true
container kugetsu queue-daemon run
in_container again
kill -TERM $inner
code=0; wait $outer || code=$?
echo "ended: $code"
as_ada afterwards
`
const again = `
until kugetsu queue-daemon status; do sleep 0.2; done
run=$(kugetsu start '${ref}2' --file /given/other --detach --json | sed -n 's/.*"run": *"\\([^"]*\\)".*/\\1/p')
until [ -e ~/.kugetsu/queue/done/$(cat /srv/item).json ] && [ -e ~/.kugetsu/runs/$run/seen ]; do sleep 0.2; done
kugetsu logs --json | tr -d '\\n' | grep -o '"outcome": *"[a-z]*"'
# the supervisors keep what was said after the outcome; what stays is seen by the time limit
others() { sed -n 's/^Name:.//p' $(grep -L '^State:.Z' /proc/[0-9]*/status 2>/dev/null) 2>/dev/null | grep -vx 'sh\\|sed\\|grep\\|kugetsu'; }
while others >/dev/null; do sleep 0.2; done
echo "no others"
`

scenario(
  "`queue-daemon run` as process 1 of a container: what is killed with it is done by the next, and SIGTERM ends it with 0",
  inContainers,
  {
    setUp,
    task: task(1, "[ -e /srv/at-work ] || { echo yes >/srv/at-work; sleep 60; }; "),
    other: task(2),
    delegate: `kugetsu delegate --issue '${ref}1' --file /given/task >/srv/item`,
    again,
    afterwards: `kugetsu queue-daemon status || true\ntail -n 1 ~/.kugetsu/logs/journal.ndjson\n`,
  },
  (out) => {
    expect(out).toContain("running  pid 1, kugetsu")
    // newest first: that of the killed container is never taken for one that goes on
    expect(
      out
        .match(/"outcome": *"\w+"/g)
        ?.map((found) => found.replace(/.*: *"|"/g, ""))
        .sort(),
    ).toEqual(["committed", "committed", "lost"])
    expect(out).toContain("no others\n")
    expect(out).toContain("ended: 0\nnot running\n")
    expect(out).toContain('"event":"daemon_down","pid":1')
  },
  true,
)

import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fakeOpencode, goodTurn } from "./fakeOpencode.ts"
import { GitBox } from "./git.ts"
import { gitForge } from "./gitForge.ts"
import { kugetsuCommand } from "./kugetsuCommand.ts"
import { endAll, until } from "./queueStage.ts"
import { temporaryDirectory } from "./temporary.ts"

const top = path.join(import.meta.dirname, "..", "..")

/** What a person types where a command asks. */
const typed = "a-token-that-opens-nothing-0123456789\n"

/** The agent commits and pushes, where it is in a worktree; that is how `init`'s question ends well, too. */
const work = `test -e .git || exit 0
echo done >> DONE.md && git add --all && git commit --quiet -m "do what was asked" && git push --quiet origin HEAD`

/**
 * The machine of somebody who follows a document: a home with a clone of kugetsu (`kugetsu/`, built), an opencode that
 * pushes a commit at each turn, and a forge on loopback, which is the default server and has `you/repo`.
 */
export const documentMachine = Effect.gen(function* () {
  const home = yield* temporaryDirectory
  const kugetsuHome = path.join(home, ".kugetsu")
  const remotes = path.join(yield* temporaryDirectory, "served")
  fs.mkdirSync(path.join(remotes, "you"), { recursive: true })
  const git = new GitBox(remotes)
  git.remote(path.join("you", "repo.git"))
  const forge = yield* gitForge(git)
  for (const title of ["the login form", "the crash"]) forge.openIssue(title)
  const programs = path.join(home, "programs")
  fakeOpencode(programs, { run: { shell: work, events: goodTurn("It is done, and pushed.") } })
  layOutClone(path.join(home, "kugetsu"))
  const [, token = ""] = forge.token.trim().split("=")
  const env = {
    PATH: `${programs}:${path.join(home, ".local", "bin")}:${process.env.PATH ?? "/usr/bin:/bin"}`,
    HOME: home,
    TMPDIR: home,
    LANG: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    DEFAULT_GIT_SERVER: forge.url,
    [forge.token.split("=", 1)[0] ?? ""]: token,
  }
  yield* Effect.addFinalizer(() => Effect.promise(() => endAll(kugetsuHome)))

  /** Runs shell text in the home directory, as it stands; ends with what its last command ended with. */
  const sh = (script: string) =>
    Effect.promise(async () => {
      const child = Bun.spawn(["sh", "-eu", "-c", script], {
        cwd: home,
        env,
        stdin: new Blob([typed]),
        stdout: Bun.file(path.join(home, "printed")),
        stderr: Bun.file(path.join(home, "complaints")),
      })
      const code = await child.exited
      const read = (name: string) => fs.readFileSync(path.join(home, name), "utf8")
      return { code, printed: read("printed"), complaints: read("complaints") }
    })

  /** What was left to a daemon has ended: the next block may speak of what came of it. */
  const settled = until("the tasks have ended", () => {
    const queue = path.join(kugetsuHome, "queue")
    if (!fs.existsSync(path.join(queue, "daemon.pid")) || fs.existsSync(path.join(queue, "paused"))) return true
    return ["items", "running"].every((dir) => fs.readdirSync(path.join(queue, dir)).length === 0)
  })

  return { home, kugetsuHome, env, forge, sh, settled }
})

/** What a clone has after `bun run build`, as far as people run it. */
const layOutClone = (clone: string): void => {
  fs.mkdirSync(path.join(clone, "dist"), { recursive: true })
  for (const each of ["install.sh", "skills"])
    fs.cpSync(path.join(top, each), path.join(clone, each), { recursive: true })
  const words = kugetsuCommand.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")
  fs.writeFileSync(path.join(clone, "dist", "kugetsu"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 })
}

import * as fs from "node:fs"
import * as path from "node:path"
import { fakeOpencode, goodTurn } from "../kit/fakeOpencode.ts"

/** One start of an agent. */
export interface AgentStart {
  readonly run: string
  /** The name of its worktree. */
  readonly issue: string
  readonly session: string
}

export interface CheapOpencode {
  readonly program: string
  readonly starts: () => ReadonlyArray<AgentStart>
  /** Starts that found an agent of their issue, or anything it had started, alive. */
  readonly overlaps: () => ReadonlyArray<string>
}

/** A message for the agent: what its shell is to do before it ends well. */
export const task = (shell: string): string => `please: @@do ${shell} done@@`

/**
 * A fake opencode whose turns are a shell: hundreds of them can be started and killed. A turn holds a lock of its issue
 * for as long as anything of it lives, writes down that it was started, and does what the message says.
 */
export const cheapOpencode = (directory: string): CheapOpencode => {
  const { program: costly } = fakeOpencode(path.join(directory, "costly"))
  const [first = {}, ...rest] = goodTurn("done", "SESSION")
  const lines = (events: ReadonlyArray<unknown>) =>
    events.map((event) => JSON.stringify(event).replaceAll("SESSION", "'\"$session\"'")).join("\n")
  const script = `#!/bin/sh
D='${directory}'
if [ "$1" = --version ]; then echo 1.18.33; exit; fi
if [ "$1" != run ]; then exec '${costly}' "$@"; fi
issue=\${PWD##*/}
exec 9>>"$D/alive.$issue"
flock -n 9 || echo "$KUGETSU_RUN $issue" >>"$D/overlaps"
for word in "$@"; do case $word in --session=*) session=\${word#--session=} ;; esac; done
echo "$KUGETSU_RUN $issue $session" >>"$D/starts"
echo '${lines([first])}'
text=$(cat)
todo=\${text##*@@do }
[ "$todo" = "$text" ] || eval "\${todo%% done@@*}"
echo '${lines(rest)}'
`
  fs.mkdirSync(directory, { recursive: true })
  const program = path.join(directory, "opencode")
  fs.writeFileSync(program, script, { mode: 0o755 })
  const linesOf = (name: string) => {
    const file = path.join(directory, name)
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n").filter(Boolean) : []
  }
  return {
    program,
    starts: () =>
      linesOf("starts").map((line) => {
        const [run = "", issue = "", session = ""] = line.split(" ")
        return { run, issue, session }
      }),
    overlaps: () => linesOf("overlaps"),
  }
}

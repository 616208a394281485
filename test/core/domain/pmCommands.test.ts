import { expect, test } from "bun:test"
import { refusedToPm } from "@kugetsu/core/domain/pmCommands"

const words = (line: string) => line.split(" ").filter((word) => word !== "")

test("the PM may look, leave a task for an issue, and write a comment", () => {
  for (const line of [
    "",
    "--help",
    "--version",
    "list",
    "--json list",
    "list --json",
    "status",
    "explain a/b#1",
    "logs 20",
    "context a/b#1",
    "issue a/b#1",
    "comment a/b#1 env get --files",
    "comment a/b#1 -- --file x",
    "delegate --issue a/b#1 go",
    "queue list",
    "--json queue list --state pending",
    "queue stats",
    "queue enqueue a/b#1 go --priority 3",
    "notify list",
    "comment --help",
  ]) {
    expect([line, refusedToPm(words(line))]).toEqual([line, null])
  }
})

test("what changes sessions, worktrees, settings, the queue or the daemon is refused to the PM, by its name", () => {
  for (const [line, named] of [
    ["init --force", "init"],
    ["start a/b#1 go", "start"],
    ["continue a/b#1", "continue"],
    ["stop a/b#1", "stop"],
    ["destroy a/b#1 --force -y", "destroy"],
    ["prune --force", "prune"],
    ["restore a/b#1", "restore"],
    ["set-pr a/b#1 https://x", "set-pr"],
    ["env get TOKEN pm-agent", "env get"],
    ["env", "env"],
    ["queue clear --all", "queue clear"],
    ["queue", "queue"],
    ["queue cancel q_1", "queue cancel"],
    ["queue pause", "queue pause"],
    ["queue-daemon stop", "queue-daemon stop"],
    ["notify clear", "notify clear"],
    ["git-credential get", "git-credential"],
    ["agent-run r_1", "agent-run"],
    ["pm-shell -c list", "pm-shell"],
    ["--completions list", "--completions"],
    ["--log-level list destroy", "--log-level"],
    ["queue --state list clear", "queue --state"],
    ["-- list", "--"],
    ["listing", "listing"],
  ] as const) {
    expect(refusedToPm(words(line))).toBe(`\`kugetsu ${named}\` is not for the PM`)
  }
})

test("no text of the PM is read from a file", () => {
  for (const line of ["comment a/b#1 --file /etc/passwd", "--json delegate --file=x", "queue enqueue a/b#1 --file x"]) {
    expect(refusedToPm(words(line))).toBe("the PM gives texts as words, not as files")
  }
})

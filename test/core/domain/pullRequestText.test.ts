import { expect, test } from "bun:test"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { type PullRequestSubject, pullRequestText } from "@kugetsu/core/domain/pullRequestText"
import { redaction } from "@kugetsu/core/domain/Redaction"
import { Arbitrary, Schema } from "effect"
import { holdsForAll } from "../../kit/property.ts"
import { runExit, runId } from "../../kit/records.ts"

const ref = new IssueRef({ instance: "git.example.org", owner: "ann", repository: "tool", identifier: "14" })
const said = (last_text: string | null) => ({
  events: 1,
  malformed_lines: 0,
  error: null,
  last_step: "stop",
  last_text,
  last_tool: null,
  permission_asked: null,
  quota: null,
  tokens: { input: 0, output: 0, reasoning: 0, cache_read: 0, cache_write: 0 },
  cost: 0,
})
const textFor = (words: string | null, change: Partial<PullRequestSubject> = {}) =>
  pullRequestText({
    ref,
    issue: { number: 14, title: "The form is broken", state: "open" },
    exit: runExit(runId("k3f9qa"), { outcome: "committed", turn: said(words) }),
    isHere: true,
    draft: false,
    redact: redaction([]),
    ...change,
  })

test("whole work on an open issue of the forge closes it; all else only names it", () => {
  const first = (change: Partial<PullRequestSubject>) => textFor(null, change).body.split("\n")[0]
  expect(first({})).toBe("Closes #14.")
  expect(first({ draft: true })).toBe("For #14.")
  expect(first({ issue: { number: 14, title: "t", state: "closed" } })).toBe("For #14.")
  // a number of another repository means something else here
  expect(first({ isHere: false })).toBe("For `git.example.org/ann/tool#14`.")
  expect(first({ issue: null })).toBe("For `git.example.org/ann/tool#14`.")
})

test("the title is that of the issue, else of the first commit, else the issue's name; on one line, and not endless", () => {
  const commits = [{ sha: "a", subject: "mend\tthe form" }]
  const work = { commits, pushed: true, dirty: false, dirty_changed: false, pull_request: null }
  const exit = runExit(runId("k3f9qa"), {
    work: { ...work, pull_request_unknown: null, pull_request_before: false, off_branch: null },
  })
  expect(textFor(null).title).toBe("The form is broken")
  expect(textFor(null, { issue: null, exit }).title).toBe("mend the form")
  expect(textFor(null, { issue: null }).title).toBe("Work on git.example.org/ann/tool#14")
  const long = textFor(null, {
    issue: { number: 1, title: `a\n b\u0000\u202e ${"ü".repeat(500)}`, state: "open" },
  }).title
  expect(long).toStartWith("a b ü")
  expect(Array.from(long)).toHaveLength(200)
})

test("a title does nothing by itself: it makes no draft, calls nobody, refers to nothing and closes nothing", () => {
  const title = (text: string) => textFor(null, { issue: { number: 14, title: text, state: "open" } }).title
  for (const [text, quiet] of [
    ["WIP: mend it", "mend it"],
    ["[wip] Draft: (draft) mend it", "mend it"],
    ["Fixes #9, a/b#10 and !11", "Fixes # 9, a/b# 10 and ! 11"],
    ["thanks @ann, ann@example.org", "thanks @ ann, ann@example.org"],
    ["closes https://github.com/a/b/issues/3", "closes https: //github.com/a/b/issues/3"],
    ["resolve: GH-3 and ABC-4 #close", "resolve: GH 3 and ABC-4 # close"],
    ["quietly [skip ci] [ci-skip]", "quietly (skip ci) (ci-skip)"],
    ["C# drafts: a wip! Fix the UTF-8 form", "C# drafts: a wip! Fix the UTF-8 form"],
  ] as const)
    expect(title(text)).toBe(quiet)
  expect(title("WIP: ")).toBe("Work on git.example.org/ann/tool#14")
})

test("a draft says what the run came to", () => {
  const exit = runExit(runId("k3f9qa"), { outcome: "timed_out" })
  expect(textFor(null, { draft: true, exit }).body).toBe(
    "For #14.\n\nThe work is not finished: the agent's run came to `timed_out`.\n",
  )
})

test("the agent's words lose tokens, and what no one can see", () => {
  const { body } = textFor(
    "pushed to https://ann:hunter2@git.example.org/x with ghp_0123456789abcdefghij\r\nok\u202e\u0007",
  )
  expect(body).not.toContain("hunter2")
  expect(body).not.toContain("ghp_")
  expect(body).toEndWith("ok\n```\n")
})

test("what is a secret by its value is in neither title nor text, in whatever form an agent prints it", () => {
  const key = "-----BEGIN X-----\nMIIEowIBAAKCAQEA1234\n-----END X-----"
  const secrets = ["correct horse", "hunter/2", "hunter/2-longer", key]
  const words = "it is correct\u200b horse, hunter%2F2, then hunter/2-longer\r\nMIIEowIBAAKCAQEA1234"
  const { body, title } = textFor(words, {
    redact: redaction(secrets),
    issue: { number: 14, title: "Log in as correct horse", state: "open" },
  })
  expect(title).toBe("Log in as ***")
  expect(body).toContain("it is ***, ***, then ***\n***\n")
})

test("of endless words the first 8000 characters are published", () => {
  const inside = textFor("ü".repeat(20_000)).body.split("```text\n")[1]!.split("\n```")[0]!
  expect([Array.from(inside).length, inside.endsWith("ü…")]).toEqual([8000, true])
})

test("whatever an agent says, all of it is inside one code block, where it commands nothing and closes nothing", () =>
  holdsForAll(
    Arbitrary.schema(
      Schema.Array(Schema.Literals(["`", "```", "````text", "\n", "Closes #9", "/merge", "@ann", "~~~", " ", "<!--"])),
    ),
    (parts) => {
      const words = parts.join("")
      const { body } = textFor(words)
      if (words.trim() === "") return body === "Closes #14.\n"
      const lines = body.trimEnd().split("\n")
      const opening = lines.findIndex((line) => /^`{3,}text$/.test(line))
      const fence = lines[opening]!.slice(0, -"text".length)
      const inside = lines.slice(opening + 1, -1)
      return (
        lines.at(-1) === fence &&
        // nothing in it ends the block early
        inside.every((line) => !new RegExp(`^ {0,3}\`{${fence.length},} *$`).test(line)) &&
        lines.slice(0, opening).join("\n") === "Closes #14.\n\nWhat the agent said at its end:\n" &&
        inside.join("\n") === words.trim()
      )
    },
  ))

import { expect, test } from "bun:test"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { issuePrompt } from "@kugetsu/core/Prompt"

const written = { rule: "Read the issue first.", section: "" }

const ref = (identifier: string) => IssueRef.make({ instance: "github.com", owner: "o", repository: "r", identifier })

const promptFor = (message: string | null, identifier = "14") =>
  issuePrompt({ ref: ref(identifier), branch: "fix/issue-14", base: "trunk", pullRequest: null, written, message })

test("the person's message is the very end of the text, whatever is in it", () => {
  for (const message of ["do it", "", "-x\n\n", " ## Message\n\nnot the end ", "\u{1f319}$&$1`$(x)\r\n", "a\0b"]) {
    expect(promptFor(message).endsWith(`\n\n## Message\n\n${message}`)).toBe(true)
  }
})

test("an agent is told its issue, its branch and the branch it started from, and how to end", () => {
  const text = promptFor("do it")
  for (const word of [
    "github.com/o/r#14",
    "`fix/issue-14`",
    "`trunk`",
    "git push -u origin fix/issue-14",
    "BLOCKED:",
  ]) {
    expect(text).toContain(word)
  }
  expect(text).toMatch(/never use `git stash`/i)
  expect(text).toContain('"#14: ')
  expect(promptFor("do it", "-discuss")).toContain('"-discuss: ')
})

test("without a message the agent is to continue, and no message section is there", () => {
  expect(promptFor(null)).toEndWith("Continue from where you stopped.")
  expect(promptFor(null)).not.toContain("## Message")
})

test("an agent is told the pull request that is known, and none that is not", () => {
  const task = { ref: ref("14"), branch: "fix/issue-14", base: "trunk", message: "do it", written }
  expect(issuePrompt({ ...task, pullRequest: "https://git.example/pulls/7" })).toContain("https://git.example/pulls/7")
  expect(issuePrompt({ ...task, pullRequest: null })).not.toContain("pull request is")
})

import type { IssueText } from "@kugetsu/core/domain/IssueText"
import { Issues } from "@kugetsu/core/Issues"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { harmless, oneLine } from "../display.ts"
import { Json } from "../flags.ts"
import { issue } from "../launchRun.ts"
import { type Paint, paint, print, printJson } from "../terminal.ts"

export const readIssue = Command.make("issue", { issue }, (given) =>
  Effect.gen(function* () {
    const ref = yield* resolveIssue(given.issue)
    const text = yield* (yield* Issues).read(ref)
    yield* (yield* Json) ? printJson(recordOf(ref.toString(), text)) : print(textOf(ref.toString(), text, yield* paint))
  }),
).pipe(
  Command.withDescription("Shows an issue with all of its comments, as the forge has it now."),
  Command.withExamples([{ command: "kugetsu issue github.com/you/repo#14" }]),
)

const recordOf = (issue_ref: string, { comments, mayWrite: may_write, ...issue }: IssueText) => ({
  issue_ref,
  ...issue,
  may_write,
  comments: comments.map(({ mayWrite, ...comment }) => ({ ...comment, may_write: mayWrite })),
})

const textOf = (ref: string, issue: IssueText, paint: Paint): string =>
  [
    `${paint("bold", oneLine(issue.title, 200))}`,
    paint(
      "dim",
      [ref, issue.state, `by ${oneLine(issue.author)}`, ...issue.labels.map((label) => `[${oneLine(label)}]`)].join(
        "  ",
      ),
    ),
    harmless(issue.url),
    ...paragraph(issue.body),
    ...issue.comments.flatMap(({ author, body, created_at }) => [
      "",
      paint("cyan", `${oneLine(author)}  ${oneLine(created_at)}`),
      ...paragraph(body),
    ]),
  ].join("\n")

const paragraph = (text: string): ReadonlyArray<string> => (text.trim() === "" ? [] : ["", harmless(text.trimEnd())])

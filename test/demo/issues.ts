import { scriptOf } from "../kit/scriptedModel.ts"

/** What the demo's repository begins with. */
export const firstFiles = {
  "README.md": "# moon\n\nA small program about the moon.\n",
  "moon.ts": "export const phase = (day: number): number => day % 28\n",
}

export interface DemoIssue {
  readonly ref: string
  /** A person's words, with the script that the model follows in place of a mind. */
  readonly message: string
}

/** One task: a file is written, looked at, committed and pushed, each by a tool call of the real opencode. */
const issue = (number: number, words: string, file: string, content: string): DemoIssue => {
  const branch = `fix/issue-${number}`
  return {
    ref: `demo.example/you/moon#${number}`,
    message: `${words}\n\n${scriptOf([
      {
        text: "Reading the repository.",
        tool: "bash",
        args: { command: "ls && git log --oneline", description: "look" },
      },
      { tool: "write", args: { filePath: `{{directory}}/${file}`, content } },
      {
        tool: "bash",
        args: { command: `git add -A && git commit -q -m "#${number}: ${words}"`, description: "commit" },
      },
      { tool: "bash", args: { command: `git push -q -u origin ${branch}`, description: "push" } },
      { text: `Done: ${file} is on ${branch}.` },
    ])}`,
  }
}

export const issues: ReadonlyArray<DemoIssue> = [
  issue(1, "name the phases", "phases.ts", 'export const phases = ["new", "waxing", "full", "waning"]\n'),
  issue(
    2,
    "add a haiku",
    "HAIKU.md",
    "the moon in the well\nten hands reach at the same time\neach one brings it home\n",
  ),
  issue(3, "say who may use it", "LICENSE", "Everybody may use this for everything.\n"),
]

/** One thing an agent did, short enough for a line of progress. */
export type AgentAct =
  | { readonly _tag: "Said"; readonly text: string }
  /** `subject`: the command, the file, the pattern. */
  | { readonly _tag: "Used"; readonly tool: string; readonly subject: string; readonly failed: boolean }
  | { readonly _tag: "Erred"; readonly message: string }

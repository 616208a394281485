import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"

/** A person with an issue that has a long title, on a branch with wide characters. */
const listing = Effect.gen(function* () {
  const person = yield* freshPerson
  const sessions = path.join(person.kugetsuHome, "sessions")
  fs.mkdirSync(sessions, { recursive: true })
  for (const [n, state] of ["idle", "error"].entries()) {
    const session = {
      type: "forked",
      issue_ref: `github.com/you/repo#${n}`,
      opencode_session_id: "ses_0123456789",
      worktree_path: `/home/ann/${"倉庫/".repeat(30)}`,
      branch_name: `fix/🌕${"月".repeat(20)}`,
      state,
      created_at: "2026-11-20T06:00:00+00:00",
    }
    fs.writeFileSync(path.join(sessions, `github.com-you-repo-${n}.json`), JSON.stringify(session))
  }
  return person
})

// oxlint-disable-next-line no-control-regex
const colours = /\u001b\[\d+m/

effectTest("on a terminal a table is no wider than that; in a pipe every cell is whole", () =>
  Effect.gen(function* () {
    const { kugetsu, onTerminal } = yield* listing
    const { screen } = yield* onTerminal(["list"])
    const widths = screen
      .trimEnd()
      .split("\n")
      .map((line) => Bun.stringWidth(line))
    expect(Math.max(...widths)).toBeLessThanOrEqual(120)
    expect(screen).toContain("ses_0123456789")
    const piped = yield* kugetsu(["list"])
    expect(piped.stdout).toContain("倉庫/".repeat(30))
    const columns = piped.stdout
      .trimEnd()
      .split("\n")
      .map((line) => Bun.stringWidth(line.slice(0, line.search(/STATE|idle|error/))))
    expect(new Set(columns).size).toBe(1)
  }),
)

effectTest(
  "colour is for terminals, NO_COLOR takes it away, FORCE_COLOR decides elsewhere, and words say the same",
  () =>
    Effect.gen(function* () {
      const { kugetsu, onTerminal } = yield* listing
      const onScreen = (env: Record<string, string>) =>
        Effect.map(onTerminal(["list"], { env }), ({ screen }) => screen)
      const piped = (env: Record<string, string>) => Effect.map(kugetsu(["list"], { env }), ({ stdout }) => stdout)
      const shown: ReadonlyArray<readonly [text: string, coloured: boolean]> = [
        [yield* onScreen({}), true],
        [yield* onScreen({ NO_COLOR: "1" }), false],
        [yield* onScreen({ NO_COLOR: "", FORCE_COLOR: "0" }), false],
        [yield* onScreen({ TERM: "dumb" }), false],
        [yield* piped({}), false],
        [yield* piped({ FORCE_COLOR: "1" }), true],
        [yield* piped({ FORCE_COLOR: "1", NO_COLOR: "1" }), false],
      ]
      expect(shown.map(([text]) => colours.test(text))).toEqual(shown.map(([, coloured]) => coloured))
      expect(shown.filter(([text]) => !text.includes("idle") || !text.includes("error"))).toEqual([])
    }),
)

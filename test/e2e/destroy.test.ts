import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import type { Fault } from "../kit/forges/faults.ts"
import { forges, forgeStage, token } from "../kit/forges/forgeStage.ts"

type Stage = Effect.Success<ReturnType<typeof forgeStage>>

/** What people do on the forge: one commit in place of the branch, and the branch deleted. */
const squash = ({ git, remote }: Stage, branch: string): void => {
  const tree = path.join(git.dir, `squash ${branch.replace("/", " ")}`)
  git.run(git.dir, "clone", "-q", remote, tree)
  git.run(tree, "merge", "-q", "--squash", `origin/${branch}`)
  git.run(tree, "commit", "-qm", "squashed")
  git.run(tree, "push", "-q", "origin", "HEAD:main", `:${branch}`)
}

const reasonsOf = (answer: { reasons: ReadonlyArray<{ reason: string }> }) => answer.reasons.map(({ reason }) => reason)

for (const type of Object.keys(forges)) {
  effectTest(
    `${type}: a worktree stays until its pull request is merged, then goes, whatever the merge made of it`,
    () =>
      Effect.gen(function* () {
        const stage = yield* forgeStage(type)
        const { json, pulls, ref, server, work } = stage
        const { worktree_path: tree } = yield* work("start", 1)
        const destroy = json(["destroy", ref(1), "-y"])
        const none = yield* destroy
        expect([none.code, reasonsOf(none.answer)]).toEqual([73, ["no_pull_request"]])
        const number = pulls.createPr("fix/issue-1")
        const open = yield* destroy
        expect([open.code, reasonsOf(open.answer)]).toEqual([73, ["pull_request_open"]])
        pulls.merge(number)
        squash(stage, "fix/issue-1")
        pulls.createPr("fix/issue-1")
        const reused = yield* destroy
        expect([reused.code, reasonsOf(reused.answer)]).toEqual([73, ["pull_request_open"]])
        pulls.pulls.pop()

        server.requests.length = 0
        const merged = yield* destroy
        expect([merged.code, merged.answer.removed, fs.existsSync(tree)]).toEqual([0, true, false])
        expect(merged.answer.receipt.evidence.join("\n")).toMatch(/squashed into .*\n.* is merged/)
        // as docs/forges.md says of a number that is not known
        expect(server.requests.length).toBe(type === "gitea" ? 4 : 2)
        expect((yield* json(["restore", ref(1)])).code).toBe(0)
        expect(fs.existsSync(tree)).toBe(true)
      }),
  )

  effectTest(
    `${type}: a forge that gives no answer, or a wrong one, keeps the worktree, and is named without the token`,
    () =>
      Effect.gen(function* () {
        const { json, pulls, ref, run, server, work } = yield* forgeStage(type)
        const { worktree_path: tree } = yield* work("start", 1)
        pulls.merge(pulls.createPr("fix/issue-1"))
        const faults: ReadonlyArray<Fault> = [
          "401",
          "404",
          "429 late",
          "HTML",
          "cut body",
          "invalid JSON",
          "redirect away",
        ]
        for (const fault of faults) {
          server.spoil(fault)
          const { answer, code, stderr } = yield* json(["destroy", ref(1), "-y"])
          expect([fault, code, reasonsOf(answer)]).toEqual([fault, 73, ["pullRequest_unknown"]])
          expect(answer.reasons[0].detail).toContain("127.0.0.1")
          expect(JSON.stringify(answer) + stderr).not.toContain(token)
        }
        server.spoil("401", 0)
        yield* run(["env", "rm", "KUGETSU_TOKEN_127_0_0_1"])
        const untold = yield* json(["destroy", ref(1), "-y"])
        expect([untold.code, fs.existsSync(tree)]).toEqual([73, true])
        expect(reasonsOf(untold.answer)).toContain("pullRequest_unknown")
      }),
  )

  effectTest(`${type}: an issue is shown with its comments, made safe, and a comment arrives byte for byte`, () =>
    Effect.gen(function* () {
      const { json, pulls, ref, run } = yield* forgeStage(type)
      const number = pulls.createIssue({ title: "It \u001b[31mcrashes", body: "Steps:\n1. \u0007run", labels: ["bug"] })
      pulls.addComment(number, "kdev", "me \u009b31mtoo")
      const shown = yield* run(["issue", ref(number)])
      expect(shown.code).toBe(0)
      expect(shown.stdout).toContain("It \\x1b[31mcrashes")
      expect(shown.stdout).toContain("Steps:\n1. \\x07run")
      expect(shown.stdout).toContain("me \\x9b31mtoo")
      const { answer } = yield* json(["issue", ref(number)])
      expect(answer).toMatchObject({ issue_ref: ref(number), number, title: "It \u001b[31mcrashes", labels: ["bug"] })
      expect(answer.comments[0]).toMatchObject({ author: "kdev", body: "me \u009b31mtoo" })

      const text = '  "quotes" `ticks` $HOME \\n\n\n-- \ttab, ünï ☾  \n'
      const written = yield* json(["comment", ref(number), "-"], { stdin: text })
      expect([written.code, written.answer.url.includes("http")]).toEqual([0, true])
      expect(pulls.thread(number).comments.at(-1)?.body).toBe(text)
      expect((yield* run(["comment", ref(number), "two", "words"])).code).toBe(0)
      expect(pulls.thread(number).comments.at(-1)?.body).toBe("two words")
      expect((yield* run(["comment", ref(number)])).code).toBe(64)
      expect((yield* run(["issue", ref(number + 9)])).code).toBe(69)
    }),
  )
}

effectTest("set-pr notes the pull request that counts from then on, and only one of the issue's repository", () =>
  Effect.gen(function* () {
    const stage = yield* forgeStage("gitea")
    const { json, pulls, ref, run, server, work } = stage
    const { worktree_path: tree } = yield* work("start", 1)
    const url = `http://${ref(1).split("/")[0]}/kdev/demo/pulls/`
    const other = pulls.createPr("elsewhere")
    expect((yield* run(["set-pr", ref(1), `${url}${other}`])).stdout).toContain(`/pulls/${other}`)
    const foreign = pulls.createPr("fix/issue-1", { from: pulls.fork("stranger") })
    const refused = yield* run(["set-pr", ref(1), `${url}${foreign}`])
    expect([refused.code, refused.stderr.includes("of a fork")]).toEqual([73, true])
    const open = yield* json(["destroy", ref(1), "-y"])
    expect([open.code, reasonsOf(open.answer)]).toEqual([73, ["pull_request_open"]])
    server.spoil("500")
    const unsure = yield* run(["set-pr", ref(1), `${url}${other}`])
    expect([unsure.code, unsure.stderr.includes("it is noted all the same")]).toEqual([0, true])
    server.spoil("500", 0)
    pulls.merge(other)
    // it was merged, and has nothing of what is here
    expect(reasonsOf((yield* json(["destroy", ref(1), "-y"])).answer)).toEqual(["no_pull_request"])
    squash(stage, "fix/issue-1")
    expect((yield* json(["destroy", ref(1), "-y"])).answer.removed).toBe(true)
    expect(fs.existsSync(tree)).toBe(false)
    expect((yield* run(["set-pr", ref(2), `${url}1`])).code).toBe(1)
    expect((yield* run(["set-pr", ref(2), "https://example.org/other/repo/pulls/1"])).code).toBe(64)
  }),
)

import { expect } from "bun:test"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { PullRequests } from "@kugetsu/core/PullRequests"
import { Runs } from "@kugetsu/core/Runs"
import { seeToPullRequest } from "@kugetsu/daemon/seeToPullRequest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { branch, pushedRun, ref, run, work } from "../kit/pushedRun.ts"
import { emptyTurn } from "../kit/records.ts"

effectTest("what env files and the environment keep secret is not published, whatever it looks like", () =>
  Effect.gen(function* () {
    const { envFile, forge, look } = yield* pushedRun({
      env: { HOST_SECRET: "plain words", PATH: "/usr/bin" },
      turn: { ...emptyTurn, last_text: "plain words, swordfish and open sesame, see /usr/bin" },
      work: { ...work, commits: [{ sha: "a".repeat(40), subject: "log in with swordfish" }] },
    })
    envFile("dev", "DB_PASSWORD=swordfish\n")
    envFile("pm-agent", "GITEA_TOKEN='open sesame'\n")
    yield* look
    expect(forge.created.map(({ title }) => title)).toEqual(["log in with ***"])
    expect(forge.created[0]!.body).toContain("***, *** and ***, see /usr/bin")
  }),
)

effectTest("while it is not known what is secret nothing is published, and a person is told", () =>
  Effect.gen(function* () {
    const { envFile, forge, look, news, record } = yield* pushedRun()
    envFile("dev", "what is this\n")
    yield* look
    expect(forge.created).toEqual([])
    expect(yield* record).toMatchObject({ state: "unknown", attempts: 1 })
    expect([(yield* record).reason?.includes("dev.env"), yield* news]).toEqual([true, ["pull_request_missing"]])
  }),
)

effectTest("a pull request in another repository than the issue's names the issue in full, and closes nothing", () =>
  Effect.gen(function* () {
    const issue = {
      number: 14,
      title: "The form is broken",
      body: "",
      author: "ann",
      mayWrite: true,
      url: "",
      state: "open",
      labels: [],
      comments: [],
    } as const
    for (const [repos, first] of [
      [{}, "Closes #14."],
      [{ [ref.repositoryKey]: "https://example.org/me/tool.git" }, "For `example.org/ann/tool#14`."],
    ] as const) {
      const { forge, look, root } = yield* pushedRun({ issue })
      fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify(repos))
      yield* look
      expect(forge.created.map(({ title, body }) => [title, body.split("\n")[0]!])).toEqual([[issue.title, first]])
    }
  }),
)

effectTest("a forge that nobody set up is not missed; of what somebody set up and cannot be used, a person hears", () =>
  Effect.gen(function* () {
    for (const [reason, again, told] of [
      ["no_token", false, 0],
      ["unknown_forge", false, 0],
      ["misconfigured", true, 1],
      ["unauthorised", true, 1],
      ["unavailable", true, 0],
    ] as const) {
      const { forge, look, news, record } = yield* pushedRun()
      forge.silent = true
      forge.reason = reason
      yield* look
      expect([reason, (yield* record).again_at !== null, (yield* news).length]).toEqual([reason, again, told])
    }
  }),
)

effectTest("a forge that keeps silent is waited for for a minute in all", () =>
  Effect.gen(function* () {
    const { inHome, record } = yield* pushedRun()
    const asked = yield* Deferred.make<void>()
    const silent = Layer.mock(PullRequests, {
      deciding: () => Effect.andThen(Deferred.succeed(asked, undefined), Effect.never),
    })
    yield* Effect.gen(function* () {
      const looking = yield* Effect.forkChild(
        inHome(Effect.provide(seeToPullRequest(run, { holdsIssue: false }), silent)),
      )
      yield* Deferred.await(asked)
      yield* TestClock.adjust("59 seconds")
      expect(looking.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(looking)).toBe(true)
    }).pipe(Effect.provide(TestClock.layer()))
    expect(yield* record).toMatchObject({ state: "unknown", attempts: 1 })
    expect((yield* record).reason).toContain("no answer within 60 s")
  }),
)

/** A run whose branch is on the remote and in the shared clone, and has a pull request that was merged. */
const mergedRun = Effect.gen(function* () {
  const stage = yield* pushedRun()
  const { forge, git, inHome, root } = stage
  const remote = git.remote("tool.git")
  fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify({ [ref.repositoryKey]: remote }))
  yield* inHome(Effect.flatMap(Worktrees, (worktrees) => worktrees.ensure(ref, { path: null, branch })))
  const first = git.commit(remote, branch, { "a.txt": "a" }, "first of ours", "main")
  forge.byBranch.set(branch, "merged")
  const evidence = Effect.map(inHome(Effect.flatMap(Runs, (runs) => runs.require(run))), ({ exit }) => exit!.evidence)
  return {
    ...stage,
    remote,
    first,
    evidence,
    /** The head that was merged. */
    merged: (sha: string) => forge.heads.set(branch, sha),
    more: (name: string) => git.commit(remote, branch, { [name]: name }),
  }
})

effectTest("what was merged already gets no second pull request, also where others merged more of it", () =>
  Effect.gen(function* () {
    for (const further of [false, true]) {
      const { evidence, first, forge, git, look, merged, more, record, remote } = yield* mergedRun
      const head = further ? more("theirs.txt") : first
      if (further) {
        // the branch stands where our run left it, and only the forge's own ref has the rest
        git.run(remote, "update-ref", "refs/pull/1/head", head)
        git.run(remote, "update-ref", `refs/heads/${branch}`, first)
      }
      merged(head)
      yield* look
      expect(forge.created).toEqual([])
      expect(yield* record).toMatchObject({ state: "found", pull_request: { state: "merged" }, reason: null })
      expect((yield* evidence).at(-1)).toBe("its pull request https://example.org/o/r/pull/1 is merged")
    }
  }),
)

effectTest("commits that came after the merge get another one", () =>
  Effect.gen(function* () {
    const { first, forge, look, merged, more, record } = yield* mergedRun
    more("later.txt")
    merged(first)
    yield* look
    expect([forge.created.length, (yield* record).state]).toEqual([1, "opened"])
  }),
)

effectTest("a merged head that nobody has opens nothing, and the evidence says why", () =>
  Effect.gen(function* () {
    const { evidence, forge, look, merged, record } = yield* mergedRun
    merged("f".repeat(40))
    yield* look
    expect([forge.created, (yield* record).again_at]).toEqual([[], null])
    expect((yield* evidence).at(-1)).toContain("no other was opened, as it could not be learnt")
  }),
)

effectTest("after the merge of a branch that is deleted there is nothing to open", () =>
  Effect.gen(function* () {
    const { forge, git, look, merged, record, remote } = yield* mergedRun
    merged("f".repeat(40))
    git.run(remote, "update-ref", "-d", `refs/heads/${branch}`)
    yield* look
    expect([forge.created, (yield* record).reason]).toEqual([[], "the remote has its branch no more"])
  }),
)

effectTest("a remote that cannot be asked what the branch has is asked again", () =>
  Effect.gen(function* () {
    const { forge, look, merged, news, record, remote } = yield* mergedRun
    merged("f".repeat(40))
    fs.renameSync(remote, `${remote}.away`)
    yield* look
    expect(yield* record).toMatchObject({ state: "unknown", attempts: 1 })
    expect([forge.created, (yield* record).again_at === null, yield* news]).toEqual([[], false, []])
  }),
)

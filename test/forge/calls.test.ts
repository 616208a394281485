import { expect, test } from "bun:test"
import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import { ForgeTokens } from "@kugetsu/core/ForgeTokens"
import type { Issues } from "@kugetsu/core/Issues"
import type { PullRequests } from "@kugetsu/core/PullRequests"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type FakeForgeServer, forgeTypes, layerFor, startForge } from "../kit/forges/eachForge.ts"
import {
  byBranch,
  checksOf,
  comment,
  create,
  deciding,
  issueAt,
  readIssue,
  refAt,
  remarksOn,
} from "../kit/forges/forgePullRequests.ts"

const branch = "fix/issue-4"

type Question = (
  fake: FakeForgeServer,
  type: ForgeType,
) => Effect.Effect<unknown, unknown, PullRequests | Issues | ForgeTokens>

const merged = ({ repository }: FakeForgeServer) => {
  const number = repository.createPr(branch)
  repository.merge(number)
  return number
}
const open = ({ repository }: FakeForgeServer) => repository.createPr(branch)
const hostOf = ({ server }: FakeForgeServer) => refAt(server.host)

/** The same question for each of five issues. */
const ofFive = (prepare: (fake: FakeForgeServer, of: string) => number | null): Question =>
  Effect.fnUntraced(function* (it) {
    for (const n of [1, 2, 3, 4, 5])
      yield* deciding(hostOf(it), { number: prepare(it, `fix/issue-${n}`), branch: `fix/issue-${n}` })
  })

/** What is asked once to decide is asked again with the locks held. */
const twice = (known: (number: number) => number | null): Question =>
  Effect.fnUntraced(function* (it) {
    const number = known(merged(it))
    for (const _ of [1, 2]) yield* deciding(hostOf(it), { number, branch })
  })

/** By the words of the table in docs/forges.md. */
const questions: Readonly<Record<string, Question>> = {
  "may the worktree go, number known, merged": (it) => deciding(hostOf(it), { number: merged(it), branch }),
  "may the worktree go, number not known, merged": (it) => {
    merged(it)
    return deciding(hostOf(it), { number: null, branch })
  },
  "may the worktree go, no pull request": (it) => deciding(hostOf(it), { number: null, branch }),
  "poll, number known, still open": (it) => deciding(hostOf(it), { number: open(it), branch }),
  "poll, number not known, still open": (it) => {
    open(it)
    return byBranch(hostOf(it), branch)
  },
  "destroy, number known, merged": twice((number) => number),
  "destroy, number not known, merged": twice(() => null),
  "poll round of five, numbers known, still open": ofFive(({ repository }, of) => repository.createPr(of)),
  "poll round of five, no pull requests": ofFive(() => null),
  "open a pull request": (it) => create(hostOf(it), { branch }),
  "open a pull request, there is one": (it) => {
    open(it)
    return create(hostOf(it), { branch })
  },
  "CI and reviews": (it) => checksOf(hostOf(it), open(it)),
  "doctor, for each token and server": (it) =>
    Effect.flatMap(ForgeTokens, (tokens) => tokens.rights(hostOf(it), "dev")),
  "doctor, for each token and server without a known repository": (it, type) =>
    Effect.flatMap(ForgeTokens, (tokens) =>
      tokens.present({ name: "it", url: it.url, type, clone: "https", ca: null }, "dev"),
    ),
  "read an issue without comments": (it) => readIssue(issueAt(it.server.host, it.repository.createIssue())),
  "read an issue with a comment": (it) => {
    const number = it.repository.createIssue()
    it.repository.writers.add("ann")
    it.repository.addComment(number, "ann", "word")
    return readIssue(issueAt(it.server.host, number))
  },
  "read the review of a pull request": (it) => {
    const number = open(it)
    it.repository.writers.add("ann")
    it.repository.addReview(number, "ann", "changes", { onCode: [{ path: "a.ts", line: 1, body: "word" }] })
    return remarksOn(hostOf(it), number)
  },
  "write a comment": (it) => comment(issueAt(it.server.host, it.repository.createIssue()), "word"),
}

const count = (type: ForgeType, question: Question, serverType: ForgeType | null = type) =>
  Effect.gen(function* () {
    const fake = yield* startForge[type]
    const setting = serverType === null ? { servers: [{ url: fake.url, type: null }] } : {}
    yield* question(fake, type).pipe(Effect.provide(layerFor(type, fake, setting)))
    return fake.server.requests.length
  }).pipe(Effect.scoped, Effect.runPromise)

test("the calls that each question takes are those of the table in docs/forges.md", async () => {
  const text = fs.readFileSync(path.join(import.meta.dir, "../../docs/forges.md"), "utf8")
  const rows = [...text.matchAll(/^\| ([^|]+?) \| (\d*) ?\| (\d*) ?\| (\d*) ?\|$/gm)].map(([, name, ...counts]) => [
    name!,
    ...counts.map((it) => (it === "" ? null : Number(it))),
  ])
  const measured: Array<Array<string | number | null>> = []
  for (const [name, question] of Object.entries(questions))
    measured.push([name, ...(await Promise.all(forgeTypes.map((type) => count(type, question))))])
  const poll = questions["poll, number known, still open"]!
  const besides = async (type: ForgeType) => (await count(type, poll, null)) - (await count(type, poll))
  measured.push([
    "first question to a server of unknown kind, besides",
    null,
    await besides("gitlab"),
    await besides("gitea"),
  ])
  expect(rows).toEqual(measured)
})

import {
  type CommitsAt,
  type Fact,
  known,
  type Obstacles,
  type PullRequestAt,
  type RemovalFacts,
  unknown,
} from "@kugetsu/core/domain/Removal"
import { judgeRemoval } from "@kugetsu/core/domain/judgeRemoval"
import { expect, test } from "bun:test"

const obstacleNames = [
  "agent",
  "others",
  "processes",
  "changes",
  "hidden",
  "unfinished",
  "locked",
  "submodules",
  "stashes",
] as const

const obstacleStates = (name: string): ReadonlyArray<Obstacles> => [
  known([]),
  known([`${name} is there`]),
  unknown(`${name} could not be learnt`, "look"),
]

const commitStates: ReadonlyArray<Fact<CommitsAt>> = [
  ...(["base", "remote", "merged", "here", "unborn"] as const).map((where) => known({ where, detail: `at ${where}` })),
  unknown("commits could not be learnt", "look"),
]

const pullRequestStates: ReadonlyArray<Fact<PullRequestAt>> = [
  ...(["open", "draft", "merged", "closed", "none", "no_forge", "not_asked", "not_needed"] as const).map((state) =>
    known({ state, detail: `it is ${state}` }),
  ),
  unknown("the forge said nothing", "look"),
]

/** Every combination of every state of every fact. */
function* allFacts(): Generator<RemovalFacts> {
  const states = obstacleNames.map(obstacleStates)
  const combinations = 3 ** obstacleNames.length
  for (let n = 0; n < combinations; n++) {
    const chosen = states.map((of, at) => of[Math.floor(n / 3 ** at) % 3]!)
    const obstacles = Object.fromEntries(obstacleNames.map((name, at) => [name, chosen[at]!])) as unknown as Pick<
      RemovalFacts,
      (typeof obstacleNames)[number]
    >
    for (const commits of commitStates)
      for (const pullRequest of pullRequestStates) yield { ...obstacles, commits, pullRequest }
  }
}

const valueOf = <A>(fact: Fact<A>): A | null => (fact._tag === "Known" ? fact.value : null)

/** The rule as its design words it, and nothing of how the code is written. */
const mayGo = (facts: RemovalFacts): boolean => {
  const isClear = obstacleNames.every((name) => valueOf(facts[name])?.length === 0)
  const where = valueOf(facts.commits)?.where ?? "unknown"
  const state = valueOf(facts.pullRequest)?.state ?? "unknown"
  const isSaved = ["base", "remote", "merged"].includes(where)
  const isDone = ["merged", "closed", "not_asked"].includes(state)
  return isClear && isSaved && (where === "base" || isDone || (state === "no_forge" && where === "merged"))
}

/** No agent, for sure, and not known as another issue's. */
const isFree = ({ agent, others }: RemovalFacts): boolean =>
  valueOf(agent)?.length === 0 && (others._tag === "Unknown" || others.value.length === 0)

const isSafe = (facts: RemovalFacts): boolean =>
  (["changes", "hidden", "unfinished", "submodules", "stashes"] as const).every(
    (name) => valueOf(facts[name])?.length === 0,
  ) && ["base", "remote", "merged"].includes(valueOf(facts.commits)?.where ?? "")

test("over all combinations of the facts: a worktree may go exactly when everything known speaks for it", () => {
  let [seen, wrong] = [0, 0]
  for (const facts of allFacts()) {
    seen++
    if ((judgeRemoval(facts, { force: false })._tag === "Removable") !== mayGo(facts)) wrong++
  }
  expect(seen).toBe(3 ** 9 * 6 * 9)
  expect(wrong).toBe(0)
})

test("over all combinations of the facts: force skips everything but a living agent and another issue, and tells whether all was safe", () => {
  let wrong = 0
  for (const facts of allFacts()) {
    const verdict = judgeRemoval(facts, { force: true })
    if ((verdict._tag === "Removable") !== isFree(facts)) wrong++
    if (verdict._tag === "Removable" && verdict.saved !== isSafe(facts)) wrong++
    if (verdict._tag === "Refused" && verdict.reasons.some(({ reason }) => !/^(agent_|worktree_of)/.test(reason)))
      wrong++
  }
  expect(wrong).toBe(0)
})

test("over all combinations of the facts: each thing that stands in the way is named, with a way out", () => {
  let wrong = 0
  for (const facts of allFacts()) {
    const verdict = judgeRemoval(facts, { force: false })
    if (verdict._tag === "Removable") continue
    const details = verdict.reasons.map(({ detail }) => detail).join("\n")
    for (const name of obstacleNames) {
      const fact = facts[name]
      const isNamed = details.includes(`${name} is there`) || details.includes(`${name} could not be learnt`)
      if (isNamed !== (fact._tag === "Unknown" || fact.value.length > 0)) wrong++
    }
    if (verdict.reasons.length === 0 || verdict.reasons.some(({ remedy }) => remedy === "")) wrong++
  }
  expect(wrong).toBe(0)
})

const good: RemovalFacts = {
  ...(Object.fromEntries(obstacleNames.map((name) => [name, known([])])) as unknown as RemovalFacts),
  commits: known({ where: "merged", detail: "fix/issue-1 was merged" }),
  pullRequest: known({ state: "merged", detail: "#1 is merged" }),
}

test("the evidence says each fact for which it may go, and what could not be looked into", () => {
  const verdict = judgeRemoval({ ...good, processes: known([], "not to be looked into: sshd (7)") }, { force: false })
  expect(verdict).toMatchObject({ _tag: "Removable", saved: true })
  expect(verdict).toHaveProperty("evidence", [
    "no agent is running",
    "it is no other issue's worktree",
    "no process works in it",
    "not to be looked into: sshd (7)",
    "nothing is uncommitted",
    "no changed file is hidden from git",
    "no merge, rebase or bisect is under way",
    "it is not locked",
    "no submodule has anything of its own",
    "it has no stash",
    "fix/issue-1 was merged",
    "#1 is merged",
  ])
})

test("what is too much to show is counted, and what keeps several facts from being learnt is said once", () => {
  const many = Array.from({ length: 12 }, (_, n) => `f${n}`)
  const crowded = judgeRemoval({ ...good, changes: known(many) }, { force: false })
  expect(crowded).toMatchObject({ reasons: [{ reason: "uncommitted_changes" }] })
  expect(JSON.stringify(crowded)).toContain("f9, and 2 more")
  const gone = unknown("the repository is gone", "look")
  expect(judgeRemoval({ ...good, changes: gone, stashes: gone }, { force: false })).toEqual({
    _tag: "Refused",
    reasons: [{ reason: "changes_unknown", detail: "the repository is gone", remedy: "look" }],
  })
  const forced = judgeRemoval({ ...good, processes: gone, stashes: gone }, { force: true })
  expect(forced).toEqual({ _tag: "Removable", evidence: ["the repository is gone"], saved: false })
})

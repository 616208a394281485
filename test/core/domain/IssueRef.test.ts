import { describe, expect, test } from "bun:test"
import {
  branchOf,
  InvalidIssueRef,
  IssueRef,
  lockNameOf,
  parseIssueRef,
  parseReference,
  sameIssue,
  slugOf,
} from "@kugetsu/core/domain/IssueRef"
import { Arbitrary, Result, Schema } from "effect"
import { holdsForAll } from "../../kit/property.ts"

const parse = (text: string) => parseReference(text, { defaultInstance: "GitHub.com" })

const meaning = (text: string) => {
  const parsed = parse(text)
  if (Result.isFailure(parsed)) return `refused: ${parsed.failure.reason}`
  const { issue, pullRequestUrl } = parsed.success
  return pullRequestUrl === null ? issue.toString() : `${issue.toString()} = ${pullRequestUrl}`
}

const refOf = (text: string) => Result.getOrThrow(parseIssueRef(text))

describe("what a person types or pastes means one issue", () => {
  for (const [text, expected] of [
    ["github.com/shoko/kugetsu#14", "github.com/shoko/kugetsu#14"],
    ["GitHub.COM/Shoko/Kugetsu#14", "github.com/Shoko/Kugetsu#14"],
    ["gitlab.com/a/b/c#4", "gitlab.com/a/b/c#4"],
    ["git.local:3000/a/b#1", "git.local:3000/a/b#1"],
    ["localhost/a/b#1", "localhost/a/b#1"],
    ["github.com/shoko/kugetsu#-discuss", "github.com/shoko/kugetsu#-discuss"],
    ["github.com/shoko/.github#v1.2_x", "github.com/shoko/.github#v1.2_x"],
    ["shoko/kugetsu#4", "github.com/shoko/kugetsu#4"],
    ["shoko/kugetsu#-discuss", "github.com/shoko/kugetsu#-discuss"],
    ["https://github.com/shoko/kugetsu/issues/4", "github.com/shoko/kugetsu#4"],
    ["HTTPS://GitHub.com/shoko/kugetsu/issues/4/", "github.com/shoko/kugetsu#4"],
    ["https://github.com:443/shoko/kugetsu/issues/4", "github.com/shoko/kugetsu#4"],
    ["http://git.local:80/shoko/kugetsu/issues/4", "git.local/shoko/kugetsu#4"],
    ["github.com/shoko/kugetsu/issues/4", "github.com/shoko/kugetsu#4"],
    ["https://github.com/shoko/kugetsu/issues/4?a=%20b&c=..", "github.com/shoko/kugetsu#4"],
    ["https://github.com/shoko/kugetsu/issues/4#issuecomment-7", "github.com/shoko/kugetsu#4"],
    ["https://gitea.local:3000/shoko/kugetsu/issues/4/?x=1#comment-7", "gitea.local:3000/shoko/kugetsu#4"],
    ["github.com/shoko/kugetsu/issues/4#comment-7", "github.com/shoko/kugetsu#4"],
    ["https://github.com/shoko/issues/issues/4", "github.com/shoko/issues#4"],
    ["https://gitlab.com/a/b/-/issues/4", "gitlab.com/a/b#4"],
    ["https://gitlab.com/a/b/c/-/issues/4/designs/1.png", "gitlab.com/a/b/c#4"],
    ["https://gitlab.com/a/b/c/-/work_items/4#note_9", "gitlab.com/a/b/c#4"],
    ["https://gitlab.com/a/b/issues/4", "gitlab.com/a/b#4"],
    [
      "https://github.com/shoko/kugetsu/pull/4/files#diff-0?w=1",
      "github.com/shoko/kugetsu#pr-4 = https://github.com/shoko/kugetsu/pull/4",
    ],
    [
      "https://github.com/shoko/kugetsu/pull/4/commits/0a1b2c",
      "github.com/shoko/kugetsu#pr-4 = https://github.com/shoko/kugetsu/pull/4",
    ],
    ["github.com/shoko/kugetsu/pulls/4", "github.com/shoko/kugetsu#pr-4 = https://github.com/shoko/kugetsu/pull/4"],
    ["http://git.local:3000/a/b/pulls/4/files", "git.local:3000/a/b#pr-4 = http://git.local:3000/a/b/pulls/4"],
    [
      "https://gitlab.com/a/b/c/-/merge_requests/4/diffs?x#note_1",
      "gitlab.com/a/b/c#mr-4 = https://gitlab.com/a/b/c/-/merge_requests/4",
    ],
    ["https://GITLAB.com/a/b/merge_requests/4/", "gitlab.com/a/b#mr-4 = https://gitlab.com/a/b/-/merge_requests/4"],
    ["github.com/shoko/kugetsu#pr-4", "github.com/shoko/kugetsu#pr-4"],
    ["shoko/kugetsu PR #4", "github.com/shoko/kugetsu#pr-4"],
    ["git.local:3000/a/b/c pr 4", "git.local:3000/a/b/c#pr-4"],
    ["https://gitlab.com/a/b/ MR !4", "gitlab.com/a/b#mr-4"],
  ] as const) {
    test(text, () => expect(meaning(text)).toBe(expected))
  }
})

describe("what names no issue is refused with what was expected", () => {
  for (const [text, reason] of [
    ["", "empty"],
    ["14", '"#"'],
    ["shoko/kugetsu", '"#"'],
    ["kugetsu#4", "both an owner and a repository"],
    ["github.com/kugetsu#4", "host/owner/repo"],
    ["/shoko/kugetsu#4", "the host is empty"],
    ["github.com//kugetsu#4", "the owner is empty"],
    ["github.com/a//b/issues/4", "the owner is empty"],
    ["github.com/shoko/#4", "the repository is empty"],
    ["github.com/shoko/kugetsu#", `after the "#"`],
    ["github.com/shoko/kugetsu#4#5", `after the "#"`],
    ["github.com/shoko/kugetsu#a..b", '".."'],
    ["github.com/shoko/kugetsu#.a", '".."'],
    ["github.com/shoko/kugetsu#a.", '".."'],
    ["github.com/shoko/kugetsu#a.lock", '".lock"'],
    ["github.com/shoko/kugetsu#04", "leading zeros"],
    ["github.com/shoko/kugetsu#0", "leading zeros"],
    [`github.com/shoko/kugetsu#${"9".repeat(40)}`, "number"],
    [`github.com/shoko/kugetsu#${"a".repeat(101)}`, "100 characters"],
    ["github.com/../kugetsu#4", '".."'],
    ["github.com/shoko/..#4", '".."'],
    ["github.com/shoko/.#4", '".."'],
    ["github.com/.shoko/kugetsu#4", "leading dot"],
    ["github.com/shoko/kugetsu.git#4", ".git"],
    ["github.com/-shoko/kugetsu#4", "dash"],
    ["github.com/shoko/-kugetsu#4", "dash"],
    ["-oProxyCommand=x/shoko/kugetsu#4", "dash"],
    ["github.com:0/shoko/kugetsu#4", "port"],
    ["github.com:99999/shoko/kugetsu#4", "port"],
    ["github.com:1:2/shoko/kugetsu#4", "port"],
    ["github..com/shoko/kugetsu#4", "host name"],
    ["github.com/shoko/kugetsu#4\n", "control characters"],
    ["github.com/shoko/kuge tsu#4", "spaces"],
    ["PR #4", "which repository"],
    ["kugetsu PR #4", "both an owner and a repository"],
    ["shoko/.. PR #4", '".."'],
    ["shoko:hunter2@github.com/shoko/kugetsu PR #4", "credentials"],
    ["shoko/kugetsu PR #04", "spaces"],
    ["shoko/kugetsu issue PR #4", "spaces"],
    ["github.com/shoko/kuge\u202etsu#4", "invisible"],
    ["github.com/shoko/kuge\u200btsu#4", "invisible"],
    ["githu\u042c.com/shoko/kugetsu#4", "host name"],
    ["github.com/sh\u043ek\u043e/kugetsu#4", "letters"],
    ["github.com\\@evil.org/shoko/kugetsu#4", "backslash"],
    ["https://github.com/shoko/kugetsu/issues/4\\..", "backslash"],
    ["https://github.com/%2e%2e/kugetsu/issues/4", "letters"],
    ["https://github.com/shoko/kugetsu/issues/4/%2e%2e/x", '"%"'],
    ["https://github.com/shoko/kugetsu/issues/4/../5", '".."'],
    ["https://github.com/shoko/kugetsu/issues/%34", "address"],
    ["https://github.com/shoko/kugetsu/issues/4//", '"//"'],
    ["https://github.com/shoko/kugetsu/issues/new", "address"],
    ["https://github.com/shoko/kugetsu/issues", "address"],
    ["https://github.com/shoko/kugetsu#4", "address"],
    ["https://gitlab.com/groups/g/-/work_items/4", "address"],
    ["https://gitlab.com/a/b/-/pipelines/4", "address"],
    ["https://github.com/shoko/issues/4", "address"],
    ["ssh://git@github.com/shoko/kugetsu/issues/4", "credentials"],
    ["ftp://github.com/shoko/kugetsu/issues/4", "https://"],
    ["javascript://github.com/shoko/kugetsu/issues/4", "https://"],
    [`github.com/${"a/".repeat(1500)}b#4`, "2000 characters"],
    [`github.com/shoko/${"a".repeat(201)}#4`, "200 characters"],
  ] as const) {
    test(JSON.stringify(text.slice(0, 70)), () => {
      const found = meaning(text)
      expect(found).toStartWith("refused: ")
      expect(found).toContain(reason)
    })
  }

  test("credentials in an address are never shown again", () => {
    for (const text of [
      "https://shoko:hunter2@github.com/shoko/kugetsu/issues/4",
      "https://hunter2@github.com/shoko/kugetsu/issues/4",
      "https://shoko:x/hunter2@github.com/shoko/kugetsu/issues/4",
      "hunter2@github.com/shoko/kugetsu#4",
      "https://github.com/shoko/kugetsu/tree?private_token=hunter2",
    ]) {
      const parsed = parse(text)
      expect(Result.isFailure(parsed)).toBe(true)
      expect(JSON.stringify(parsed)).not.toContain("hunter2")
      expect(Result.isFailure(parsed) && parsed.failure.message).not.toContain("hunter2")
    }
  })

  test("a refusal shows no control characters and is short", () => {
    const parsed = parse(`\u001b[31mred\u202e${"x".repeat(5000)}`)
    const message = Result.isFailure(parsed) ? parsed.failure.message : ""
    expect(message).not.toMatch(/\p{C}/u)
    expect(message.length).toBeLessThan(300)
  })

  test("a record holds the canonical form only", () => {
    for (const text of ["shoko/kugetsu#4", "https://github.com/shoko/kugetsu/issues/4"]) {
      expect(Result.isFailure(parseIssueRef(text))).toBe(true)
    }
  })

  test("a ref with an unsafe part cannot be made", () => {
    const good = { instance: "github.com", owner: "a", repository: "b", identifier: "1" }
    for (const bad of [{ owner: ".." }, { repository: "-x" }, { identifier: "../1" }, { instance: "A" }]) {
      expect(() => new IssueRef({ ...good, ...bad })).toThrow()
    }
    expect(new IssueRef(good).toString()).toBe("github.com/a/b#1")
  })
})

test("the case of host, owner and repository does not make another issue, that of a name does", () => {
  expect(sameIssue(refOf("GitHub.com/Shoko/Kugetsu#a"), refOf("github.com/shoko/kugetsu#a"))).toBe(true)
  expect(sameIssue(refOf("github.com/shoko/kugetsu#a"), refOf("github.com/shoko/kugetsu#A"))).toBe(false)
  expect(sameIssue(refOf("github.com/shoko/kugetsu#1"), refOf("github.com/shoko/kugetsu#11"))).toBe(false)
})

test("slugs are those of the first kugetsu, and long ones stay apart", () => {
  expect(slugOf(refOf("github.com/shoko/kugetsu#14"))).toBe("github.com-shoko-kugetsu-14")
  expect(slugOf(refOf("git.local:3000/a/b/c#-discuss"))).toBe("git.local-3000-a-b-c--discuss")
  const long = `github.com/${"o".repeat(150)}/${"r".repeat(150)}`
  expect(slugOf(refOf(`${long}#1`))).toHaveLength(150)
  expect(slugOf(refOf(`${long}#1`))).not.toBe(slugOf(refOf(`${long}#2`)))
})

test("branches are named after the issue, and no two issues or generations share one", () => {
  const branch = (id: string, generation?: number) => branchOf(refOf(`github.com/a/b#${id}`), generation)
  expect(branch("14")).toBe("fix/issue-14")
  expect(branch("14", 2)).toBe("fix/issue-14-2")
  expect(branch("-discuss")).toBe("fix/-discuss")
  expect(branch("-discuss", 2)).toBe("fix/-discuss@2")
  expect(branch("pr-14")).toBe("fix/pr-14")
  expect(branch("issue-14")).not.toBe(branch("14"))
  expect(branch("issue-14-2")).not.toBe(branch("14", 2))
  expect(branch("phase-2")).not.toBe(branch("phase", 2))
})

const text = (pattern: RegExp) => Arbitrary.schema(Schema.String.check(Schema.isPattern(pattern)))
const refs = Arbitrary.all({
  instance: text(/^[a-z0-9][a-z0-9_-]{0,20}(\.[a-z0-9]{1,10}){0,3}(:[1-9][0-9]{0,3})?$/),
  owner: text(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}(\/[A-Za-z0-9_][A-Za-z0-9_-]{0,90}){0,3}$/),
  repository: text(/^[A-Za-z0-9_.][A-Za-z0-9_-]{0,100}$/),
  identifier: text(/^([1-9][0-9]{0,10}|[A-Za-z_-][A-Za-z0-9_.-]{0,90})$/),
}).pipe(Arbitrary.filterMap((parts) => Result.mapError(Schema.decodeResult(IssueRef)(parts), () => undefined)))

const pieces = Schema.Literals([
  ...("/ # : ? @ . - \\ % .. :// ~ _ 4 0 \0 \n \u202e".split(" ") as ReadonlyArray<string>),
  "https://",
  "github.com/a/b",
  "/issues/4",
  "/-/merge_requests/4",
  "/pull/",
  "/../",
  "%2e%2e/",
  "#-x",
  "$(x)",
  "__proto__",
  "constructor",
])

const noise = Arbitrary.array(Arbitrary.schema(Schema.Union([Schema.String, pieces])), { maxLength: 12 }).pipe(
  Arbitrary.map((parts) => parts.join("")),
)

/** A good form with something put into it. */
const tampered = Arbitrary.all({
  form: Arbitrary.schema(
    Schema.Literals([
      "github.com/shoko/kugetsu#14",
      "shoko/kugetsu#-discuss",
      "git.local:3000/a/b/c#1",
      "https://github.com/shoko/kugetsu/issues/4",
      "https://gitlab.com/a/b/-/merge_requests/4/diffs?x#note_1",
    ]),
  ),
  at: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 }))),
  piece: Arbitrary.schema(Schema.Union([pieces, Schema.String])),
}).pipe(Arbitrary.map(({ form, at, piece }) => form.slice(0, at) + piece + form.slice(at)))

const safeName = /^[a-z0-9](?!.*\.\.\/)[A-Za-z0-9._-]{0,149}$/

test("what is printed parses to the same ref, also with a default host at hand", () =>
  holdsForAll(refs, (ref) => {
    const record = parseIssueRef(ref.toString())
    const typed = parse(ref.toString())
    return (
      Result.isSuccess(record) &&
      record.success.toString() === ref.toString() &&
      Result.isSuccess(typed) &&
      typed.success.issue.toString() === ref.toString()
    )
  }))

test("every ref has a safe file name and a branch that git takes", () =>
  holdsForAll(
    refs,
    (ref) => {
      const check = Bun.spawnSync(["git", "check-ref-format", "--branch", branchOf(ref, 3)], { env: {} })
      return safeName.test(slugOf(ref)) && check.exitCode === 0
    },
    { runs: 60 },
  ))

const isRefusedOrSafe = (input: string) =>
  Result.match(parse(input), {
    onFailure: (failure) => failure instanceof InvalidIssueRef && failure.reason !== "",
    onSuccess: ({ issue }) =>
      safeName.test(slugOf(issue)) &&
      !/(^|\/)(\.\.?|-[^/]*|)(\/|$)/.test(issue.repositoryKey) &&
      Result.isSuccess(parseIssueRef(issue.toString())),
  })

test("hostile input is refused or becomes a safe file name; it never throws", async () => {
  await holdsForAll(noise, isRefusedOrSafe, { runs: 1500 })
  await holdsForAll(tampered, isRefusedOrSafe, { runs: 1500 })
})

test("a lock has one name for every spelling of an issue, and another for every other issue", () => {
  const lockOf = (text: string) => lockNameOf(Result.getOrThrow(parseIssueRef(text)))
  expect(lockOf("github.com/Ann/Tool#1")).toBe(lockOf("github.com/ann/tool#1"))
  expect(lockOf("github.com/a-b/c#1")).not.toBe(lockOf("github.com/a/b-c#1"))
})

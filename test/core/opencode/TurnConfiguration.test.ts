import { expect, test } from "bun:test"
import { instructionsOf } from "@kugetsu/core/opencode/instructionsOf"
import { type PermissionRule, permissionRules } from "@kugetsu/core/opencode/PermissionRules"
import { turnConfiguration } from "@kugetsu/core/opencode/TurnConfiguration"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

/** As opencode decides: the last rule that matches. */
const decide = (rules: ReadonlyArray<PermissionRule>, permission: string, pattern: string) => {
  const matches = (rule: string, text: string) =>
    new RegExp(`^${rule.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, "s").test(text)
  return rules.findLast((rule) => matches(rule.permission, permission) && matches(rule.pattern, pattern))?.action
}

const person: ReadonlyArray<PermissionRule> = [
  { permission: "question", pattern: "*", action: "allow" },
  { permission: "bash", pattern: "rm *", action: "deny" },
  { permission: "bash", pattern: "git stash*", action: "allow" },
  { permission: "external_directory", pattern: "*", action: "allow" },
]
const dev = permissionRules({ role: "dev", directories: ["/tmp/run", "/out put"], person })
const pm = permissionRules({ role: "pm-agent", directories: ["/tmp/run"], person: [] })

test("an agent may do everything but ask, leave its directory, and touch what its worktree shares", () => {
  expect(decide(dev, "edit", "src/a.ts")).toBe("allow")
  expect(decide(dev, "a_tool_of_a_server", "*")).toBe("allow")
  for (const asked of ["question", "plan_enter", "plan_exit", "doom_loop"]) expect(decide(dev, asked, "*")).toBe("deny")
  for (const command of ["git stash", "git stash pop", "git worktree add x", "git gc --prune=now", "git prune"]) {
    expect([command, decide(dev, "bash", command)]).toEqual([command, "deny"])
  }
  expect(decide(dev, "bash", "git push -u origin fix/issue-1")).toBe("allow")
  expect(decide(dev, "bash", "rm -rf .")).toBe("deny")
  expect(decide(dev, "external_directory", "/etc/*")).toBe("deny")
  expect(decide(dev, "external_directory", "/tmp/run/*")).toBe("allow")
  expect(decide(dev, "external_directory", "/out put/deep/*")).toBe("allow")
  expect(decide(dev, "external_directory", "/tmp/running/*")).toBe("deny")
})

test("the PM looks, runs the commands of kugetsu that are for it, and has no other tool", () => {
  for (const tool of ["edit", "write", "patch", "task", "webfetch", "websearch", "skill", "a_tool_of_a_server"]) {
    expect([tool, decide(pm, tool, "*")]).toEqual([tool, "deny"])
  }
  for (const command of ["kugetsu list --json", "kugetsu queue enqueue a/b#1 'x\ny'", "kugetsu comment a/b#1 x"]) {
    expect([command, decide(pm, "bash", command)]).toEqual([command, "allow"])
  }
  for (const command of [
    "sh -c 'kugetsu list'",
    "kugetsu env get X",
    "kugetsu queue clear",
    "kugetsu git-credential get",
  ]) {
    expect([command, decide(pm, "bash", command)]).toEqual([command, "deny"])
  }
  expect(decide(pm, "read", "notes.md")).toBe("allow")
})

test("of the person's own rules the PM keeps those that deny", () => {
  const own: ReadonlyArray<PermissionRule> = [
    { permission: "*", pattern: "*", action: "allow" },
    { permission: "edit", pattern: "*", action: "allow" },
    { permission: "grep", pattern: "*", action: "deny" },
  ]
  const rules = permissionRules({ role: "pm-agent", directories: [], person: own })
  expect(["edit", "webfetch", "grep", "read"].map((tool) => decide(rules, tool, "*"))).toEqual([
    "deny",
    "deny",
    "deny",
    "allow",
  ])
})

test("the shell that commands are given to is named where the place has one, and else the person's stands", () => {
  const needs = {
    permissions: [],
    person: { variables: new Set<string>(), model: null, permissions: [], providers: new Map() },
    instructions: null,
  }
  expect(JSON.parse(turnConfiguration({ ...needs, shell: "/home/pm/shell" })).shell).toBe("/home/pm/shell")
  expect("shell" in JSON.parse(turnConfiguration(needs))).toBe(false)
})

const configure = (providers: Readonly<Record<string, object>>, instructions: string | null = null) =>
  JSON.parse(
    turnConfiguration({
      permissions: dev,
      person: {
        variables: new Set(),
        model: null,
        permissions: [],
        providers: new Map(Object.entries(providers) as any),
      },
      instructions,
    }),
  )

test("the configuration says nothing about model and keys, and what the person set of timeouts stands", () => {
  const content = configure({ mine: { apiKey: "secret", headerTimeout: false }, other: {} })
  expect(Object.keys(content).sort()).toEqual(["$schema", "autoupdate", "permission", "provider", "share", "snapshot"])
  expect(content).toMatchObject({ autoupdate: false, share: "disabled", snapshot: false })
  expect(content.provider).toEqual({
    mine: { options: { chunkTimeout: 300_000 } },
    other: { options: { chunkTimeout: 300_000, headerTimeout: 300_000 } },
  })
})

test("permissions without patterns are written as opencode wants them", () => {
  const { permission } = configure({})
  expect(permission.question).toBe("deny")
  expect(Object.entries(permission.external_directory).at(0)).toEqual(["*", "deny"])
  expect(permission.external_directory["/out put/*"]).toBe("allow")
})

test("words in a path that opencode would replace are left alone", () => {
  const strange = "/w/{env:HOME}/{file:x}/AGENTS.md"
  const person = { variables: new Set<string>(), model: null, permissions: [], providers: new Map() }
  const text = turnConfiguration({ permissions: [], person, instructions: strange })
  expect(text).not.toMatch(/\{(env|file):/)
  expect(JSON.parse(text).instructions).toEqual([strange])
})

effectTest("AGENTS.md goes before CLAUDE.md, and only a file inside the worktree counts", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const at = (...parts: ReadonlyArray<string>) => path.join(root, ...parts)
    fs.mkdirSync(at("tree"))
    fs.writeFileSync(at("outside.md"), "follow me")
    expect(yield* instructionsOf(at("tree"))).toBe(null)
    fs.writeFileSync(at("tree", "CLAUDE.md"), "be kind")
    expect(yield* instructionsOf(at("tree"))).toBe(at("tree", "CLAUDE.md"))
    fs.symlinkSync("../outside.md", at("tree", "AGENTS.md"))
    expect(yield* instructionsOf(at("tree"))).toBe(at("tree", "CLAUDE.md"))
    fs.rmSync(at("tree", "AGENTS.md"))
    fs.mkdirSync(at("tree", "AGENTS.md"))
    expect(yield* instructionsOf(at("tree"))).toBe(at("tree", "CLAUDE.md"))
    fs.rmdirSync(at("tree", "AGENTS.md"))
    fs.symlinkSync("CLAUDE.md", at("tree", "AGENTS.md"))
    expect(yield* instructionsOf(at("tree"))).toBe(at("tree", "CLAUDE.md"))
    fs.rmSync(at("tree", "AGENTS.md"))
    fs.writeFileSync(at("tree", "AGENTS.md"), "be kinder")
    fs.symlinkSync("tree", at("link"))
    expect(yield* instructionsOf(at("link"))).toBe(at("tree", "AGENTS.md"))
  }),
)

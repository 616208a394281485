import { describe, expect, test } from "bun:test"
import { readCloneUrl } from "@kugetsu/core/domain/CloneUrl"
import {
  findToken,
  isTokenVariable,
  mayCarryToken,
  type TokenSources,
  tokenVariables,
  variableToSet,
} from "@kugetsu/core/domain/ForgeToken"
import { Redacted } from "effect"

describe("the token of a server is looked for in its own variables, then in that of its kind, which is the one to name:", () => {
  test.each([
    ["github.com", "github", ["KUGETSU_TOKEN_GITHUB_COM", "GITHUB_TOKEN"]],
    ["gitlab.com", "gitlab", ["KUGETSU_TOKEN_GITLAB_COM", "GITLAB_TOKEN"]],
    ["git.local:3000", "gitea", ["KUGETSU_TOKEN_GIT_LOCAL_3000", "KUGETSU_TOKEN_GIT_LOCAL", "GITEA_TOKEN"]],
    ["git-lab.example", null, ["KUGETSU_TOKEN_GIT_LAB_EXAMPLE"]],
  ] as const)("%s (%s) %j", (instance, type, variables) => {
    expect<ReadonlyArray<string>>(tokenVariables({ instance, type })).toEqual(variables)
    expect<string>(variableToSet({ instance, type })).toBe(variables.at(-1)!)
    expect(variables.every(isTokenVariable)).toBe(true)
  })
})

test("a name that only looks like a token's is none", () => {
  for (const name of ["MY_GITHUB_TOKEN", "GITHUB_TOKENS", "KUGETSU_TOKEN_", "KUGETSU_MODEL", "NPM_TOKEN"]) {
    expect([name, isTokenVariable(name)]).toEqual([name, false])
  }
})

const found = (sources: Partial<TokenSources>) => {
  const it = findToken({ instance: "h", type: "gitea" }, { files: {}, environment: {}, ...sources })
  return it && [it.variable, it.from, it.token === null ? null : Redacted.value(it.token)]
}

test("the best variable goes first, then the env files; empty ones are none", () => {
  expect(found({ files: { GITEA_TOKEN: "a" }, environment: { KUGETSU_TOKEN_H: "b" } })).toEqual([
    "KUGETSU_TOKEN_H",
    "environment",
    "b",
  ])
  expect(found({ files: { GITEA_TOKEN: "a" }, environment: { GITEA_TOKEN: "b" } })).toEqual([
    "GITEA_TOKEN",
    "files",
    "a",
  ])
  expect(found({ files: { KUGETSU_TOKEN_H: " ", GITEA_TOKEN: "" }, environment: { GITEA_TOKEN: " c\n" } })).toEqual([
    "GITEA_TOKEN",
    "environment",
    "c",
  ])
  expect(found({})).toBeNull()
})

test("what can be no token is found, and not given out", () => {
  for (const text of ["two words", "line\nbreak", "tökén"]) {
    expect(found({ files: { GITEA_TOKEN: text } })).toEqual(["GITEA_TOKEN", "files", null])
  }
})

test("a token goes over TLS, or stays on this machine", () => {
  const allowed = (url: string) => mayCarryToken(readCloneUrl(url))
  for (const url of ["https://h/a", "http://localhost:3000/a", "http://127.0.0.1/a", "http://[::1]:80/a"]) {
    expect([url, allowed(url)]).toEqual([url, true])
  }
  for (const url of ["http://h/a", "http://localhost.evil/a", "ssh://h/a", "git@h:a", "/a", "git://h/a"]) {
    expect([url, allowed(url)]).toEqual([url, false])
  }
})

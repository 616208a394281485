import { expect, test } from "bun:test"
import { redaction } from "@kugetsu/core/domain/Redaction"
import { isMasked, isSecretName, mask, secretsAmong, withoutSecrets } from "@kugetsu/core/domain/Secret"

test("names of secrets are known by a word in them", () => {
  for (const name of ["GITHUB_TOKEN", "openai_api_key", "DB_PASSWORD", "X_SECRET_Y", "AWS_CREDENTIALS"]) {
    expect(isSecretName(name)).toBe(true)
  }
  for (const name of ["PATH", "GIT_AUTHOR_NAME", "EDITOR"]) expect(isSecretName(name)).toBe(false)
})

test("a mask tells nothing of the value, and is known as a mask", () => {
  expect(mask("hunter2")).toBe(mask("a much longer value"))
  expect(isMasked(mask("hunter2"))).toBe(true)
  expect(isMasked("hunter2")).toBe(false)
  expect(mask("")).toBe("")
})

test("logins in addresses and tokens anywhere are masked, and the rest stays", () => {
  expect(withoutSecrets("fatal: unable to access 'https://bob:s3c@ret@h/r.git/': no")).toBe(
    "fatal: unable to access 'https://***@h/r.git/': no",
  )
  expect(withoutSecrets("https://s3cret@h/r and ssh://git@h/r and ssh://git:pw@h/r")).toBe(
    "https://***@h/r and ssh://git@h/r and ssh://***@h/r",
  )
  expect(withoutSecrets("bad ghp_abcdefghijklmnop1234 and glpat-abcdefghijklmnopqrst.")).toBe("bad *** and ***.")
  expect(withoutSecrets("git@github.com:a/b.git")).toBe("git@github.com:a/b.git")
})

test("tokens of every usual shape are masked, and what is called a secret", () => {
  for (const [text, masked] of [
    ["sk-proj-0123456789abcdef_x and sk-ant-api03-0123456789", "*** and ***"],
    ["glptt-0123456789abcdef01234567", "***"],
    ["AKIAIOSFODNN7EXAMPLE.", "***."],
    ["curl -H 'Authorization: Bearer abc.def' x", "curl -H 'Authorization: Bearer ***' x"],
    ['"authorization": "token abc"', '"authorization": "token ***"'],
    ["bearer 0123456789abcdef0 is what it sends", "bearer *** is what it sends"],
    ["export DB_PASSWORD='a b c'; MY_TOKEN=xyz", "export DB_PASSWORD=***; MY_TOKEN=***"],
    ["https://h/x?private_token=abc&page=2", "https://h/x?private_token=***&page=2"],
    ['{"api_key": "abc", "name": "x"}', '{"api_key": ***, "name": "x"}'],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "***"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "***\nafter"],
  ] as const)
    expect(withoutSecrets(text)).toBe(masked)
})

test("what only looks a little like a secret stays", () => {
  for (const text of ["the bearer of news", "a task-oriented-and-very-long-word", "MODE=fast", "the key: is it there?"])
    expect(withoutSecrets(text)).toBe(text)
})

test("values are masked wherever they stand, the longer ones first; what is too short stands in too many words", () => {
  const values = secretsAmong([
    ["A_TOKEN", "abcdef"],
    ["B_TOKEN", "abcdefgh"],
    ["C_KEY", "short"],
    ["PATH", "/usr/bin"],
    ["NODE_ENV", "production"],
    ["D_KEY", undefined],
  ])
  expect(values).toEqual(["abcdef", "abcdefgh", "short"])
  expect(redaction(values)("xabcdefghx abcdef short /usr/bin production")).toBe("x***x *** short /usr/bin production")
})

test("a mask is known in all the forms that programs show, and a value is not taken for one", () => {
  for (const text of ["***", " ****** ", "ghp_****abcd", "sk-***", "•••••", "[REDACTED]", "https://bob:***@h/r"])
    expect([text, isMasked(text)]).toEqual([text, true])
  for (const text of ["", "**", "a***b", "* * * * *", "src/**/*.ts", "hunter2", "redacted by ann", "https://h/***"])
    expect([text, isMasked(text)]).toEqual([text, false])
})

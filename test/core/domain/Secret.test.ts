import { expect, test } from "bun:test"
import { isMasked, isSecretName, mask, withoutSecrets } from "@kugetsu/core/domain/Secret"

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

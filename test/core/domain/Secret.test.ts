import { expect, test } from "bun:test"
import { isMasked, isSecretName, mask } from "@kugetsu/core/domain/Secret"

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

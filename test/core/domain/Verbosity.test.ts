import { expect, test } from "bun:test"
import { toldOf } from "@kugetsu/core/domain/Verbosity"

const words = `I did it.\n${"x".repeat(10_000)}`

test("a notification has the first line of what was said, five hundred characters, or nearly all of it", () => {
  expect(toldOf(` ${words}`, "quiet")).toBe("I did it.")
  expect(toldOf(words, "default")).toBe(`${words.slice(0, 500)}…`)
  expect(toldOf(words, "verbose")).toBe(`${words.slice(0, 4000)}…`)
  for (const verbosity of ["default", "verbose"] as const) expect(toldOf(" a\nb \n", verbosity)).toBe("a\nb")
})

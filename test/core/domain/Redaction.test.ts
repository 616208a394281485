import { expect, test } from "bun:test"
import { redaction, redactJson } from "@kugetsu/core/domain/Redaction"
import { Arbitrary, Schema } from "effect"
import { holdsForAll } from "../../kit/property.ts"

const token = "kQ7-vR2!xM9$tB4/nZ6+pL1"
const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUA".repeat(2)}\nQUJDREVGRw==\n-----END OPENSSH PRIVATE KEY-----`

test("a known value is taken out however it is spelled", () => {
  const redact = redaction([token, 'a "quoted"\nvalue \\ of lines'])
  const encoded = (prefix: string) => Buffer.from(`${prefix}${token}tail`).toString("base64")
  for (const text of [
    token,
    `x${token}y`,
    encodeURIComponent(token),
    encoded(""),
    encoded("u"),
    encoded("us"),
    encoded("").replaceAll("+", "-").replaceAll("/", "_"),
    JSON.stringify({ output: 'a "quoted"\nvalue \\ of lines' }),
    JSON.stringify(JSON.stringify({ output: 'a "quoted"\nvalue \\ of lines' })),
  ]) {
    const left = redact(text)
    expect(left).toContain("***")
    for (const piece of [token, "quoted", encodeURIComponent(token), encoded("").slice(4, 20)])
      expect(left).not.toContain(piece)
  }
})

test("a value that a line break splits is taken out, and what a cut at the end of a line left of one", () => {
  const redact = redaction([token])
  expect(redact(`a ${token.slice(0, 9)}\n    ${token.slice(9)} b`)).toBe("a *** b")
  expect(redact(`the token is ${token.slice(0, 12)}…`)).toBe("the token is ***…")
  expect(redact(`${token.slice(6)} was said`)).toBe("*** was said")
  // two lines that come one after the other
  expect([token.slice(0, 11), token.slice(11)].map(redact)).toEqual(["***", "***"])
})

test("a private key goes whole: with something before each line, in JSON, and when its end was cut off", () => {
  const redact = redaction([])
  const quoted = pem.replace(/^/gm, "  12| ")
  for (const text of [pem, quoted, JSON.stringify(pem), pem.slice(0, 90)]) {
    expect(redact(`before ${text}\nafter`)).not.toContain("b3BlbnNz")
    expect(redact(`before ${text}\nafter`)).toEndWith("\nafter")
  }
  const mention = "a file that begins with -----BEGIN RSA PRIVATE KEY----- is a key. Do not commit it."
  expect(redact(mention)).toBe("a file that begins with *** is a key. Do not commit it.")
})

test("a token is known by its looks after a line break in JSON, too, and in JSON in JSON", () => {
  const redact = redaction([])
  for (const known of [
    `sk-ant-api03-${"aB1".repeat(6)}`,
    "AKIACANARYCANARY1234",
    "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOnRydWV9.Y2FuYXJ5c2ln",
    `npm_${"aB1".repeat(8)}`,
    "xoxb-1234567890-abc",
  ])
    for (const text of [
      `a\n${known}\tb`,
      JSON.stringify({ a: `b\n${known}` }),
      JSON.stringify(JSON.stringify(`b\n${known}`)),
    ]) {
      expect(redact(text)).toBe(text.replace(known, "***"))
    }
})

test("code and words that speak of secrets stay as they are", () => {
  const redact = redaction([token])
  for (const text of [
    "NODE_ENV=production",
    "const key = items.map((item) => <li key={item.id}>{item.password}</li>)",
    "max_tokens=4096&keyboard=us, MAX_TOKENS=200000",
    '{"password": "required", "api_key": "string"}',
    "authorization: string; Authorization: the header",
    "the bearer of-bad-news-that-nobody-wants",
    "git@github.com:a/b.git and https://example.org/@ann/tool and ssh://git@h/r",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "r_20261120T063012_k3f9qa q_1795156212000_k3f9qa ses_0123456789abcdef",
  ])
    expect(redact(text)).toBe(text)
})

/** Of few characters, so that values stand in one another and come together from what is left. */
const Word = Schema.Union([
  Schema.String.check(Schema.isPattern(/^[ab*:/@\n]{6,12}$/)),
  Schema.String.check(Schema.isPattern(/^[a-z=. ]{1,30}$/)),
])
const Case = Schema.Struct({ values: Schema.Array(Word).check(Schema.isMaxLength(4)), pieces: Schema.Array(Word) })

/** Values with their own pieces, with masks and with what looks like a secret. */
const textOf = ({ pieces, values }: typeof Case.Type): string => {
  const between = [
    "***",
    "\n",
    "https://",
    "@h/",
    values[0]?.slice(0, 9) ?? "",
    "-----BEGIN PRIVATE KEY-----",
    "Bearer ",
  ]
  return [...pieces, ...values, ...values].map((piece, index) => piece + between[index % between.length]).join("")
}

test("twice is once; no value is left, and the text hardly grows", async () => {
  await holdsForAll(
    Arbitrary.schema(Case),
    (given) => {
      const redact = redaction(given.values)
      const text = textOf(given)
      const left = redact(text)
      const known = given.values
        .map((value) => value.replace(/\r\n?/g, "\n").trim())
        .filter(({ length }) => length >= 6)
      return (
        redact(left) === left && left.length <= text.length * 4 + 3 && known.every((value) => !left.includes(value))
      )
    },
    { runs: 3000 },
  )
})

/** A token of a known shape, in which a value begins and ends anywhere. */
const Inside = Schema.Struct({
  token: Schema.String.check(Schema.isPattern(/^glpat-[a-z0-9]{16,30}$/)),
  start: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 })),
  length: Schema.Int.check(Schema.isBetween({ minimum: 6, maximum: 36 })),
  around: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,9}$/)),
})

test("nothing is left of a token in which a value stands, of a value in which a token stands, or of two that overlap", async () => {
  await holdsForAll(Arbitrary.schema(Inside), ({ around, length, start, token: known }) => {
    const value = known.slice(start, start + length)
    const longer = `${around}/${known}:${around}`
    const over = `${known.slice(-8)}/${around}`
    return (
      redaction([value])(`a ${known} b`) === "a *** b" &&
      redaction([longer])(`a ${longer} b`) === "a *** b" &&
      redaction([over])(`a ${known}/${around} b`) === "a *** b"
    )
  })
})

test("text in which nothing is secret is given back as it was", async () => {
  const redact = redaction([token])
  await holdsForAll(
    Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[ a-z\n.,;(){}<>=]*$/))),
    (text) => redact(text) === text,
  )
})

test("in a document every text is redacted, names of fields too, and the rest of it stays", () => {
  const document = { type: "text", n: 1, none: null, list: [`a ${token}`, true], [`of ${token}`]: { token: 5 } }
  expect(redactJson<unknown>(document, redaction([token, "type12"]))).toEqual({
    type: "text",
    n: 1,
    none: null,
    list: ["a ***", true],
    "of ***": { token: 5 },
  })
})

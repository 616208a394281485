import { expect, test } from "bun:test"
import { UNCLOSED, withoutHidden } from "@kugetsu/core/domain/withoutHidden"
import { Arbitrary, Schema } from "effect"
import { holdsForAll } from "../../kit/property.ts"

const cases: ReadonlyArray<readonly [what: string, markdown: string, shown: string]> = [
  ["a comment", "a<!-- SECRET -->b", "a b"],
  ["one of many lines", "a\n<!--\nSECRET\n\n-->\nb", "a\n \nb"],
  ["one with the other end", "a<!-- SECRET --!>b", "a b"],
  ["the shortest ones, after which all is shown", "a<!-->b<!--->c", "a b c"],
  ["one that does not end", "a\n<!-- SECRET", `a\n${UNCLOSED}`],
  ["one that is made when another one is taken out", "a <!-<!-- x -->- b", "a  - b"],
  ["one inside a comment", "a<!-- <!-- SECRET --> b", "a  b"],
  ["a declaration and an instruction", "a<!SECRET x>b<?SECRET ?>c", "a b c"],
  ["character data", "a<![CDATA[ SECRET > SECRET ]]>b", "a b"],
  ["a definition that nothing refers to", 'a\n\n[//]: # (SECRET)\n[x]: <> "SECRET"\nb', "a\n\nb"],
  ["a comment in HTML that looks like code", "<div>\n```\n<!-- SECRET -->\n```\n</div>", "<div>\n```\n \n```\n</div>"],
  ["a comment in a block of raw text", "<pre>\n\n```\n<!-- SECRET -->\n```", "<pre>\n\n```\n \n```"],
  ["a comment between two lone backticks", "`a\nb` <!-- SECRET --> `c`", "`a\nb`   `c`"],
  ["a comment after backticks without a partner", "``a`<!-- SECRET -->`", "``a` `"],
  ["a comment after an escaped backtick", "\\`<!-- SECRET -->`", "\\` `"],
  ["a comment in a table's cells", "| ` | <!-- SECRET --> | ` |", "| ` |   | ` |"],
  ["a fence in a list, which ends with the list", "- a\n  ```\n<!-- SECRET -->\n  ```", "- a\n  ```\n \n  ```"],
]

for (const [what, markdown, shown] of cases) {
  test(`what a page does not show is dropped: ${what}`, () => {
    expect(withoutHidden(markdown)).toBe(shown)
    expect(withoutHidden(markdown)).not.toContain("SECRET")
  })
}

test("code shows its comments, and keeps them; so does all that looks like none", () => {
  for (const text of [
    "Write this:\n```html\n<!-- kept -->\n```\nand go on",
    "~~~~\n<!-- kept\n~~~\n~~~~\n",
    "Begin with `<!--` and end with ``-->`` then",
    "```\n<!-- kept, as the fence has no end",
    "a < b && b > c, <b>bold</b>, [link](https://example.org), ![image](x.png)",
    "[x]: https://example.org (a title)",
    "",
  ])
    expect(withoutHidden(text)).toBe(text)
})

test("after code that has ended comments are dropped again", () => {
  expect(withoutHidden("```\nx\n```\n<!-- SECRET -->y")).toBe("```\nx\n```\n y")
  expect(withoutHidden("```\nx\n   ````\n<!-- SECRET -->y")).toBe("```\nx\n   ````\n y")
  expect(withoutHidden("`x`<!-- SECRET -->y")).toBe("`x` y")
})

const piece = Schema.Literals([
  "<!--",
  "-->",
  "--!>",
  "<!-",
  "-",
  ">",
  "<",
  "!",
  "\\",
  "|",
  "\n",
  " ",
  "word",
  "<?",
  "<div>",
])

test("without code no comment is left that could be taken for one, whatever is put together", () =>
  holdsForAll(Arbitrary.array(Arbitrary.schema(piece)), (pieces) => !/<!--/.test(withoutHidden(pieces.join("")))))

test("a long text full of beginnings takes no long time", () => {
  const started = Date.now()
  for (const text of ["<!-- -->", "`", "<!", "```\n", "[x]: #", "\\", "<?", "~~~\n"]) withoutHidden(text.repeat(30_000))
  expect(Date.now() - started).toBeLessThan(15_000)
})

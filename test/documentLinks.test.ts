import { expect, test } from "bun:test"
import * as fs from "node:fs"
import * as path from "node:path"

const top = path.join(import.meta.dirname, "..")

const documents = ["*.md", "docs/**/*.md", "skills/**/*.md"].flatMap((glob) => [
  ...new Bun.Glob(glob).scanSync({ cwd: top }),
])

const withoutCode = (markdown: string) => markdown.replace(/^```[^]*?^```$/gm, "").replace(/`[^`\n]*`/g, "")

/** Where the links of a text lead that are no web addresses. */
const targetsIn = (markdown: string): ReadonlyArray<string> =>
  [...withoutCode(markdown).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))

/** The anchors that a forge gives to headings; the second of a name gets `-1`. */
const anchorsIn = (markdown: string): ReadonlyArray<string> => {
  const seen = new Map<string, number>()
  return [...markdown.replace(/^```[^]*?^```$/gm, "").matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-")
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
}

/** The links of a document that lead nowhere. */
const faultsOf = (file: string, markdown: string): ReadonlyArray<string> =>
  targetsIn(markdown).filter((target) => {
    const [name = "", anchor] = target.split("#", 2)
    const named = path.join(top, path.dirname(file), name)
    if (path.relative(top, named).startsWith("..") || !fs.existsSync(named)) return true
    const text = name === "" ? markdown : anchor === undefined ? "" : fs.readFileSync(named, "utf8")
    return anchor !== undefined && !anchorsIn(text).includes(anchor)
  })

test("every link from one document to another leads to a file and a heading that are there", () => {
  expect(documents.length).toBeGreaterThan(20)
  const faults = documents.map((file) => [file, faultsOf(file, fs.readFileSync(path.join(top, file), "utf8"))] as const)
  expect(faults.filter(([, targets]) => targets.length > 0)).toEqual([])
  expect(documents.flatMap((file) => targetsIn(fs.readFileSync(path.join(top, file), "utf8"))).length).toBeGreaterThan(
    50,
  )
})

test("every document is named by README.md", () => {
  const named = targetsIn(fs.readFileSync(path.join(top, "README.md"), "utf8"))
  expect(documents.filter((file) => /^docs\/[^/]+$/.test(file) && !named.includes(file))).toEqual([])
})

test("a link to a file or a heading that is not there is noticed, in code it is none", () => {
  const text =
    "# A `b` c, [d](e.md)!\n[x](#a-b-c-d) [x](#no) [x](no.md) [x](README.md#use-it) [x](README.md#no) `[x](y.md)`\n# A b c d\n[x](#a-b-c-d-1)\n[x](https://a.b/c)\n[x](../../etc/passwd)"
  expect(faultsOf("a.md", text)).toEqual(["e.md", "#no", "no.md", "README.md#no", "../../etc/passwd"])
})

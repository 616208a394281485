import { expect, test } from "bun:test"
import * as path from "node:path"

const program = path.join(import.meta.dirname, "defect.program.ts")

const run = async (words: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const child = Bun.spawn([process.execPath, program, ...words], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, stdout, stderr }
}

test("a bug is called one, without its stack", async () => {
  const { code, stdout, stderr } = await run([])
  expect([code, stdout]).toEqual([1, ""])
  expect(stderr).toStartWith("kugetsu: this is a bug in kugetsu: TypeError: boom\n")
  expect(stderr).not.toContain("defect.program")
})

test("with KUGETSU_DEBUG a bug tells where it is", async () => {
  const { code, stderr } = await run([], { KUGETSU_DEBUG: "1" })
  expect([code, stderr.includes("defect.program")]).toEqual([1, true])
})

test("with --json a bug is a document, too", async () => {
  const { code, stdout, stderr } = await run(["--json"])
  expect([code, stderr, JSON.parse(stdout)]).toMatchObject([1, "", { error: "Defect", code: 1 }])
})

import { expect, test } from "bun:test"
import { forceRemoveTree } from "@kugetsu/core/system/forceRemoveTree"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { asNobody } from "../../kit/asNobody.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { canMount, mount } from "../../kit/mounts.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const removeNow = (tree: string): void => Effect.runSync(forceRemoveTree(tree))

effectTest("directories that were made read-only go with all that is in them, and what links lead to stays", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    fs.chmodSync(dir, 0o777)
    const [tree, beside] = [path.join(dir, "tree"), path.join(dir, "beside")]
    asNobody(() => {
      fs.mkdirSync(path.join(tree, "module", "deep"), { recursive: true })
      fs.writeFileSync(path.join(tree, "module", "deep", "file"), "")
      fs.mkdirSync(beside)
      fs.symlinkSync(beside, path.join(tree, "module", "link"))
      for (const part of ["module/deep", "module", ""]) fs.chmodSync(path.join(tree, part), 0o555)
      fs.chmodSync(beside, 0o500)
      removeNow(tree)
    })
    expect([fs.existsSync(tree), fs.statSync(beside).mode & 0o777]).toEqual([false, 0o500])
    yield* forceRemoveTree(tree)
  }),
)

if (canMount) {
  effectTest("a tree in which a file system is mounted stays whole, and the mount is named", () =>
    Effect.gen(function* () {
      const dir = yield* temporaryDirectory
      const [precious, at] = [path.join(dir, "precious"), path.join(dir, "tree", "a b")]
      fs.mkdirSync(precious)
      fs.mkdirSync(at, { recursive: true })
      fs.writeFileSync(path.join(precious, "work"), "")
      yield* mount(at, "--bind", precious)
      const failure = yield* Effect.flip(forceRemoveTree(path.join(dir, "tree")))
      expect(failure.message).toContain(`a file system is mounted at ${at}`)
      expect(fs.readdirSync(precious)).toEqual(["work"])
    }),
  )
} else test.skip("a tree in which a file system is mounted stays whole (needs root)", () => undefined)

import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { receiptFiles } from "@kugetsu/core/trash/ReceiptFiles"
import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

effectTest("a receipt of version 1 loads whole, with its paths where the home is now", () =>
  Effect.gen(function* () {
    const home = path.join(yield* temporaryDirectory, "home")
    fs.cpSync(path.join(import.meta.dirname, "version-1-trash"), home, { recursive: true })
    const files = receiptFiles(yield* Effect.provide(KugetsuHome, KugetsuHome.at(home)))
    const { receipts, unreadable } = yield* files.survey
    expect(unreadable).toEqual([])
    const file = path.join(home, "trash/t_20261120T063012345_k3f9qa/receipt.json")
    const text = fs.readFileSync(file, "utf8").replaceAll("/home/user/.kugetsu", home)
    expect(receipts).toEqual([JSON.parse(text)])
    expect(receipts[0]?.moves[1]?.from).toBe("/big/worktrees/github.com-shoko-kugetsu-14")
    yield* files.write(receipts[0]!)
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual(JSON.parse(text))
  }),
)

import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Receipt, refsOf } from "../domain/Receipt.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { attempt, exists, readBytes, replaceFile } from "../system/Files.ts"
import { moveFile, removeFile, syncDirectory } from "../system/FileSteps.ts"
import { forceRemoveTree } from "../system/forceRemoveTree.ts"
import { Git } from "../system/Git.ts"
import { branchRef } from "../system/GitRescue.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { commitsOnRemote } from "./commitsOnRemote.ts"
import { reflogFile } from "./WorktreeAdmin.ts"

/** Makes everything that outlives the move before anything is moved. Needs the lock of the receipt's repository. */
export const rescue = Effect.fn("Trash.rescue")(function* (home: KugetsuPaths, receipt: Receipt) {
  const { branch, clone, refs } = receipt
  if (clone === null) return receipt
  const git = yield* Git
  yield* git.changeRefs(
    clone,
    refs.map(({ name, sha }) => ({ name, to: sha })),
  )
  yield* crashPoint("trash.refs")
  const bundle = yield* makeBundle(home.trashed(receipt.id).bundle, receipt)
  yield* crashPoint("trash.bundled")
  const log = branch === null ? null : yield* readBytes(reflogFile(clone, branchRef(branch.name)))
  const { reflog } = home.trashed(receipt.id)
  if (log !== null) yield* replaceFile(reflog, log)
  yield* crashPoint("trash.rescued")
  return { ...receipt, bundle, reflog: log === null ? null : reflog }
})

const makeBundle = Effect.fnUntraced(function* (file: string, receipt: Receipt) {
  const { clone, refs } = receipt
  if (clone === null || refs.length === 0) return null
  const unfinished = `${file}.new`
  for (const left of [unfinished, `${unfinished}.lock`]) yield* removeFile(left)
  const content = { refs: refs.map(({ name }) => name), not: yield* commitsOnRemote(clone, receipt) }
  if (!(yield* (yield* Git).bundle(clone, unfinished, content))) return null
  yield* attempt("write", unfinished, () => {
    const descriptor = fs.openSync(unfinished, "r+")
    try {
      fs.fchmodSync(descriptor, 0o600)
      fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
  })
  yield* moveFile(unfinished, file)
  return file
})

/** Removes what was made for the rescue, and with it the receipt, which is the last to go. */
export const dropRescue = Effect.fn("Trash.dropRescue")(function* (home: KugetsuPaths, receipt: Receipt) {
  const { clone, id } = receipt
  if (clone !== null && (yield* exists(clone))) {
    const git = yield* Git
    const left = yield* git.refs(clone, [refsOf(id)])
    yield* git.changeRefs(
      clone,
      [...left.keys()].map((name) => ({ name, to: null })),
    )
  }
  yield* crashPoint("trash.unrescued")
  const { bundle, dir, receipt: file, reflog } = home.trashed(id)
  for (const made of [bundle, `${bundle}.new`, `${bundle}.new.lock`, reflog]) yield* removeFile(made)
  yield* removeEmptyBeside(receipt)
  yield* removeFile(file)
  yield* removeDirectory(dir)
  yield* syncDirectory(home.trash)
})

/** The directory of a receipt that has gone, or never came to be. What somebody else put there stays, under another name. */
export const removeDirectory = (dir: string) =>
  attempt("remove", dir, () => {
    if (!fs.existsSync(dir)) return
    const isScrap = (name: string) => /^\.receipt\.json\..+\.tmp$/.test(name)
    for (const name of fs.readdirSync(dir)) if (isScrap(name)) fs.rmSync(path.join(dir, name))
    if (fs.readdirSync(dir).length > 0) fs.renameSync(dir, `${dir}.left`)
    else fs.rmdirSync(dir)
  })

/** What was kept on other file systems. */
const removeEmptyBeside = (receipt: Receipt) =>
  attempt("remove", receipt.id, () => {
    for (const { to } of receipt.moves) {
      const own = path.dirname(to)
      if (own.includes("kugetsu-trash/") && fs.existsSync(own) && fs.readdirSync(own).length === 0) fs.rmdirSync(own)
    }
  })

/** Removes what is in the trash, for good: read-only directories too, and nothing while anything is mounted in it. */
export const destroyMoved = (receipt: Receipt) =>
  Effect.andThen(
    Effect.forEach(receipt.moves, ({ to }) => forceRemoveTree(to), { discard: true }),
    crashPoint("trash.emptied"),
  )

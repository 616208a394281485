import * as fs from "node:fs"
import * as path from "node:path"

/**
 * A new directory beside `target`, to make everything in, and what puts it in the place of `target`. What is there
 * already is removed only when it is a directory with nothing in it but what `ours` matches; else nothing is made.
 */
export const outputDirectory = (target: string, ours: RegExp) => {
  const refuseForeign = () => {
    if (fs.lstatSync(target, { throwIfNoEntry: false }) === undefined) return
    const isDirectory = fs.lstatSync(target).isDirectory()
    const foreign = isDirectory ? fs.readdirSync(target).find((name) => !ours.test(name)) : path.basename(target)
    if (foreign === undefined) return
    console.error(
      isDirectory
        ? `${target} has something else in it than what is made here (${foreign}), so it stays as it is; give a new directory`
        : `${target} is no directory; give a new one`,
    )
    process.exit(1)
  }
  refuseForeign()
  fs.mkdirSync(path.dirname(target), { recursive: true })
  const beside = fs.mkdtempSync(path.join(path.dirname(target), `.${path.basename(target)}-`))
  process.on("exit", () => fs.rmSync(beside, { recursive: true, force: true }))
  const made = path.join(beside, "made")
  fs.mkdirSync(made)
  return {
    /** For what is needed on the way. */
    beside,
    made,
    putInPlace: () => {
      refuseForeign()
      fs.rmSync(target, { recursive: true, force: true })
      fs.renameSync(made, target)
    },
  }
}

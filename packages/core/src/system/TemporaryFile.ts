import * as fs from "node:fs"
import * as path from "node:path"

/** Writes the content of a file beside it, synced, under a name for nobody else. Throws, and leaves nothing, when it fails. */
export const writeTemporary = (target: string, content: string | Uint8Array): string => {
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${crypto.randomUUID()}.tmp`)
  const descriptor = fs.openSync(temporary, "wx", 0o600)
  try {
    try {
      fs.writeFileSync(descriptor, content)
      fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  }
  return temporary
}

/** Whether a file of that name is one that `writeTemporary` made: it is left behind only by a kill. */
export const isTemporary = (name: string): boolean =>
  /^\..+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/.test(name)

import * as fs from "node:fs"

/** Writes all of it before it returns, also into a pipe that is full at the moment. Throws what the system refuses. */
export const writeAll = (descriptor: number, text: string): void => {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(descriptor, bytes, at)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") throw cause
      Bun.sleepSync(2)
    }
  }
}

import { type Redact, redactJson } from "./Redaction.ts"

/**
 * One line after the other of a log: JSON stays JSON, and a private key is taken out over the lines it has. What became
 * shorter is filled with blanks, so that who reads on in the log finds the next line where it was.
 */
export const redactLines = (redact: Redact): ((line: string) => string) => {
  let inKey = false
  return (line) => {
    const json = parsed(line)
    if (json !== undefined) {
      const clean = redactJson(json, redact)
      const text = JSON.stringify(clean)
      // a line that is written otherwise and has no secret stays as it was written
      return text === JSON.stringify(json) ? line : filled(text, line)
    }
    if (inKey) {
      inKey = !/-----END [A-Z ]*PRIVATE KEY-----/.test(line) && keyText.test(line)
      return keyText.test(line) || /-----END /.test(line) ? filled("***", line) : filled(redact(line), line)
    }
    inKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?![^]*-----END )/.test(line)
    return filled(redact(line), line)
  }
}

/** A line in the middle of a private key, whatever stands before it; its header and the blank line after that too. */
const keyText = /[A-Za-z0-9+/=]{16,}|^\W*$|^\W*[\w-]+: /

const parsed = (line: string): object | undefined => {
  if (!line.startsWith("{")) return undefined
  try {
    return JSON.parse(line) as object
  } catch {
    return undefined // some other text
  }
}

const filled = (text: string, before: string): string =>
  text + " ".repeat(Math.max(0, Buffer.byteLength(before) - Buffer.byteLength(text)))

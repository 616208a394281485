import * as fs from "node:fs"
import * as path from "node:path"
import { kugetsuCommand } from "../../kit/kugetsuCommand.ts"
import type { Ran } from "../../kit/kugetsu.ts"

/** Where standard output goes: it is read, its reader is gone, it is closed, or the disk behind it is full. */
export type Output = "read" | "gone" | "closed" | "full"

const scripts: Record<Output, string> = {
  read: 'exec "$0" "$@"',
  gone: 'exec "$0" "$@" > >(true)',
  closed: 'exec "$0" "$@" >&-',
  full: 'exec "$0" "$@" >/dev/full',
}

/**
 * A person with git and without opencode, whom nothing reaches from outside, and who has no terminal. Everything they
 * have is below `dir`.
 */
export const personIn = (dir: string) => {
  const bin = path.join(dir, "bin")
  fs.mkdirSync(bin)
  fs.symlinkSync(Bun.which("git")!, path.join(bin, "git"))
  const nobodyThere = "http://127.0.0.1:9"
  const env = {
    PATH: bin,
    HOME: dir,
    TMPDIR: dir,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ALLOW_PROTOCOL: "file",
    http_proxy: nobodyThere,
    https_proxy: nobodyThere,
  }
  /** `until`: ends it when it has said that on standard error. */
  return async (home: string, words: ReadonlyArray<string>, output: Output = "read", until?: string): Promise<Ran> => {
    const child = Bun.spawn(["/bin/bash", "-c", scripts[output], ...kugetsuCommand, ...words], {
      cwd: dir,
      env: { ...env, KUGETSU_DIR: home },
      stdio: ["ignore", "pipe", "pipe"],
    })
    const errors = async () => {
      let text = ""
      const decoder = new TextDecoder()
      for await (const bytes of child.stderr) {
        text += decoder.decode(bytes, { stream: true })
        if (until !== undefined && text.includes(until)) child.kill("SIGTERM")
      }
      return text
    }
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), errors()])
    return { code: await child.exited, stdout, stderr }
  }
}

import { Effect } from "effect"
import * as path from "node:path"
import { kugetsuCommand } from "./kugetsuCommand.ts"
import { temporaryDirectory } from "./temporary.ts"

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly stdin?: string | Uint8Array
}

export interface TerminalOptions extends RunOptions {
  /** Sees the whole screen with each change, and may type. */
  readonly watch?: (screen: string, type: (keys: string) => void) => void
  /** A script for `sh` in place of the command, which is its `"$0" "$@"`. */
  readonly script?: string
}

/** A person of their own: a home directory with nothing in it, and the real command as a process. */
export const freshPerson = Effect.map(temporaryDirectory, (home) => {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    KUGETSU_DIR: path.join(home, "kugetsu home"),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    TMPDIR: home,
  }

  const spawn = (words: ReadonlyArray<string>, options: RunOptions = {}) =>
    Bun.spawn([...kugetsuCommand, ...words], {
      cwd: options.cwd ?? home,
      env: { ...env, ...options.env },
      stdin: options.stdin === undefined ? "ignore" : new Blob([options.stdin]),
      stdout: "pipe",
      stderr: "pipe",
    })

  const kugetsu = (words: ReadonlyArray<string>, options: RunOptions = {}) =>
    Effect.promise(async (): Promise<Ran> => {
      const child = spawn(words, options)
      const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, stdout, stderr }
    })

  /** On a terminal of its own; output and errors come together, as on a screen. */
  const onTerminal = (words: ReadonlyArray<string>, options: TerminalOptions = {}) =>
    Effect.promise(async () => {
      const decoder = new TextDecoder()
      let screen = ""
      const command = [...kugetsuCommand, ...words]
      const child = Bun.spawn(options.script === undefined ? command : ["sh", "-c", options.script, ...command], {
        cwd: options.cwd ?? home,
        env: { ...env, TERM: "xterm-256color", ...options.env },
        terminal: {
          cols: 120,
          rows: 40,
          data: (terminal, bytes) => {
            screen += decoder.decode(bytes, { stream: true })
            options.watch?.(screen, (keys) => void terminal.write(keys))
          },
        },
      })
      return { code: await child.exited, screen: screen.replaceAll("\r\n", "\n") }
    })

  return { home, kugetsuHome: env.KUGETSU_DIR, env, spawn, kugetsu, onTerminal }
})

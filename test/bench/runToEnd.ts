import { Effect } from "effect"

export interface RunPlace {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdin?: string
}

/** Runs a program to its end and gives what it printed. A measure of something that failed is none: it throws. */
export const runToEnd = (argv: ReadonlyArray<string>, { cwd, env, stdin }: RunPlace): Effect.Effect<string> =>
  Effect.promise(async (signal) => {
    const input = stdin === undefined ? "ignore" : new Blob([stdin])
    const child = Bun.spawn([...argv], { cwd, env, stdin: input, stdout: "pipe", stderr: "pipe", signal })
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
    if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`)
    return stdout
  })

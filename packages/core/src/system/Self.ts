/** How to start this very program again: the executable itself when compiled, bun with the main file in development. */
export const selfCommand = (): ReadonlyArray<string> =>
  Bun.main.startsWith("/$bunfs/") || Bun.main.startsWith("B:/~BUN/") ? [process.execPath] : [process.execPath, Bun.main]

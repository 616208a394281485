// asked for when the program starts: after an update by rename the system calls this file "… (deleted)"
const executable = process.execPath

/** How to start this very program again: the executable itself when compiled, bun with the main file in development. */
export const selfCommand = (): ReadonlyArray<string> =>
  Bun.main.startsWith("/$bunfs/") || Bun.main.startsWith("B:/~BUN/") ? [executable] : [executable, Bun.main]

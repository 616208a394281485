import { Effect } from "effect"
import { writeAll } from "./descriptors.ts"

/** The other screen, a hidden cursor, four ways to hear of the mouse, and marks around what is pasted: all off. */
const inOrder = "\u001b[?1049l\u001b[?25h\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l"

/** Puts this terminal in order after a full-screen program that may not have done it: of one in order nothing changes. */
export const leaveScreen: Effect.Effect<void> = Effect.sync(() => {
  try {
    writeAll(1, inOrder)
  } catch {
    // the terminal itself has gone
  }
})

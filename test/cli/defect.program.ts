import { runProgram } from "@kugetsu/cli/runProgram"
import { Effect } from "effect"

/** A command with a bug in it. */
runProgram(Effect.die(new TypeError("boom")), { json: process.argv[2] === "--json" })

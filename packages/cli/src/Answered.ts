import { Schema } from "effect"

/** The whole answer was printed; what is left is an exit code that is not 0. */
export class Answered extends Schema.TaggedError<Answered>()("Answered", { code: Schema.Int }) {}

/** Ends a command with an exit code after its answer. */
export const endWith = (code: number) => new Answered({ code })

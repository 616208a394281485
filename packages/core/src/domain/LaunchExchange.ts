import { Schema } from "effect"
import { QueueItemId } from "./QueueItem.ts"
import { AgentName, RunId } from "./Run.ts"

/** What another program asks of `kugetsu launch-run`, as JSON on its standard input. */
export const LaunchAsked = Schema.fromJsonString(
  Schema.Struct({
    version: Schema.Literal(1),
    agent: AgentName,
    /** null for the PM. */
    issue_ref: Schema.NullOr(Schema.String),
    /** null: continue from where you stopped. */
    message: Schema.NullOr(Schema.String),
    debug: Schema.Boolean,
    fresh: Schema.Boolean,
    /** The queue's item to claim for the run. */
    item: Schema.NullOr(QueueItemId),
    pr_url: Schema.NullOr(Schema.String),
  }),
)

/** What it answers on standard output when a supervisor was started; else a `FailureRecord`, and the failure's exit code. */
export const LaunchAnswered = Schema.fromJsonString(Schema.Struct({ run: RunId }))

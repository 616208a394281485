import { Option, Schema } from "effect"

const Export = Schema.fromJsonString(
  Schema.Struct({
    messages: Schema.Array(
      Schema.Struct({
        info: Schema.Struct({ providerID: Schema.optional(Schema.String), modelID: Schema.optional(Schema.String) }),
      }),
    ),
  }),
)

/** `provider/model` of the last answer in an exported session; null when there is none. */
export const modelOf = (exported: string): string | null => {
  const { messages } = Option.getOrElse(Schema.decodeOption(Export)(exported), () => ({ messages: [] }))
  const answer = messages.map(({ info }) => info).findLast(({ modelID }) => modelID !== undefined)
  return answer === undefined ? null : `${answer.providerID}/${answer.modelID}`
}

import { Schema } from "effect"
import type { ForgeApi } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { countedPage, pathOf } from "./GiteaPage.ts"
import { writtenBy } from "./GiteaWriters.ts"
import { idOf, listWhole } from "./Listing.ts"

const GiteaComment = Schema.Struct({
  id: Schema.Int,
  body: Schema.String,
  ...writtenBy,
  html_url: Schema.String,
  created_at: Schema.String,
})

/** The conversation of an issue or a pull request. Most servers give this list whole, whatever page is asked for. */
export const giteaComments = (
  api: ForgeApi,
  repository: Repository,
  { number, operation }: { readonly number: number; readonly operation: string },
) =>
  listWhole({
    host: api.host,
    operation,
    keyOf: idOf,
    page: (page) => countedPage(api, operation, `${pathOf(repository)}/issues/${number}/comments`, GiteaComment, page),
  })

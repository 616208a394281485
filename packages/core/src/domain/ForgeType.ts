import { Schema } from "effect"

/** The kinds of forges; Forgejo is a Gitea. */
export const ForgeType = Schema.Literals(["github", "gitlab", "gitea"])
export type ForgeType = typeof ForgeType.Type

import { expect } from "bun:test"
import { agentTokens } from "@kugetsu/core/doctor/agentTokens"
import { repositoryServers } from "@kugetsu/core/doctor/repositoryServers"
import { tokenServers } from "@kugetsu/core/doctor/tokenServers"
import { Servers } from "@kugetsu/core/Servers"
import { Effect } from "effect"
import { doctorStage } from "../../kit/doctorStage.ts"
import { effectTest } from "../../kit/effectTest.ts"

/** Which server is shown which variable's token, and which variable's token to nobody. */
const shown = Effect.gen(function* () {
  const servers = yield* Servers
  const tokensFor = yield* agentTokens
  const { found } = yield* repositoryServers
  const all = { list: yield* servers.list, preferred: yield* servers.preferred }
  const { meant, untold } = tokenServers(all, found, tokensFor)
  return [
    meant.map(({ server, token }) => `${token.variable} of ${token.as} at ${server.name}`),
    untold.map(({ server, token }) => `${token.variable} at ${server.name}`),
  ]
})

effectTest("a new home's token is shown to the server that it is for, as nobody configured another of its kind", () =>
  Effect.gen(function* () {
    const { use, write } = yield* doctorStage
    expect(yield* use(shown)).toEqual([[], []])
    write("env/default.env", "GITHUB_TOKEN=a\n")
    write("env/pm-agent.env", "GITHUB_TOKEN=b\nKUGETSU_TOKEN_GITEA_COM=c\n")
    expect(yield* use(shown)).toEqual([
      [
        "GITHUB_TOKEN of dev at github",
        "GITHUB_TOKEN of pm-agent at github",
        "KUGETSU_TOKEN_GITEA_COM of dev at gitea",
      ],
      [],
    ])
  }),
)

effectTest("the token of one's own server is not shown to one that everybody knows", () =>
  Effect.gen(function* () {
    const { use, write } = yield* doctorStage
    write("env/default.env", "GITLAB_TOKEN=a\n")
    write("servers.json", { servers: [{ name: "lab", url: "https://lab.example.org", type: "gitlab" }] })
    expect(yield* use(shown)).toEqual([["GITLAB_TOKEN of dev at lab"], []])
    write("repos.json", { "lab.example.org/ann/repo": "https://lab.example.org/ann/repo.git" })
    expect(yield* use(shown)).toEqual([[], []])
  }),
)

effectTest("a server with a token of its own leaves that of its kind to the other ones", () =>
  Effect.gen(function* () {
    const { use, write } = yield* doctorStage
    write("env/default.env", "GITLAB_TOKEN=a\nKUGETSU_TOKEN_LAB_EXAMPLE_ORG=b\n")
    write("servers.json", { servers: [{ name: "lab", url: "https://lab.example.org", type: "gitlab" }] })
    expect(yield* use(shown)).toEqual([
      ["KUGETSU_TOKEN_LAB_EXAMPLE_ORG of dev at lab", "GITLAB_TOKEN of dev at gitlab"],
      [],
    ])
  }),
)

effectTest("where several may be meant a token is shown to none, and that is told, until the default says which", () =>
  Effect.gen(function* () {
    const { use, write } = yield* doctorStage
    write("env/default.env", "GITEA_TOKEN=a\n")
    expect(yield* use(shown)).toEqual([[], ["GITEA_TOKEN at codeberg", "GITEA_TOKEN at gitea"]])
    write("servers.json", { default: "codeberg", servers: [] })
    expect(yield* use(shown)).toEqual([["GITEA_TOKEN of dev at codeberg"], []])
  }),
)

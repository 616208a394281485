import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { goodTurn } from "../fakeOpencode.ts"
import { gitHttpServer } from "../gitHttpServer.ts"
import { fakeStage } from "../stage.ts"
import { fakeGitea } from "./fakeGitea.ts"
import { fakeGitHub } from "./fakeGitHub.ts"
import { fakeGitLab } from "./fakeGitLab.ts"
import type { FakeRepository } from "./fakeRepository.ts"
import type { ForgeServer } from "./forgeServer.ts"

export const token = "t0ken-of-the-test"

/** An agent that commits, and pushes the branch it stands on. */
export const working = fakeStage({
  run: {
    shell: "date +%s.%N >> work.txt; git add -A; git commit -qm '#1: work'; git push -q origin HEAD",
    events: goodTurn("done"),
  },
})

interface Fake {
  readonly repository: FakeRepository
  readonly server: ForgeServer
  readonly url: string
}

export const forges: Readonly<Record<string, Effect.Effect<Fake, never, Scope.Scope>>> = {
  github: fakeGitHub({ token }),
  gitlab: fakeGitLab({ token }),
  gitea: fakeGitea({ token }),
}

/** A forge, and its repository `kdev/demo`, which git reaches at a port of its own. */
export const forgeStage = Effect.fnUntraced(function* (type: string) {
  const stage = yield* working
  const forge = yield* forges[type]!
  const remote = stage.git.remote("kdev/demo.git")
  const git = yield* gitHttpServer({ root: stage.git.dir, token })
  const write = (name: string, record: unknown) =>
    fs.writeFileSync(path.join(stage.kugetsuHome, name), JSON.stringify(record))
  write("servers.json", { servers: [{ name: git.host, url: forge.url, type }] })
  write("repos.json", { [`${git.host}/kdev/demo`]: `${git.url}/kdev/demo.git` })
  yield* stage.run(["env", "set", "KUGETSU_TOKEN_127_0_0_1", "-"], { stdin: token })
  const ref = (issue: number) => `${git.host}/kdev/demo#${issue}`
  return {
    ...stage,
    remote,
    pulls: forge.repository,
    server: forge.server,
    ref,
    work: (word: "start" | "continue", issue: number) =>
      Effect.map(
        // what is on the forge is up to the test
        stage.json([word, ref(issue), "go"], {
          env: { ...stage.env, MAX_CONCURRENT_AGENTS: "9", OPEN_PULL_REQUEST: "false" },
        }),
        ({ answer }) => answer,
      ),
    recordedBranches: Effect.map(
      stage.json(["list"]),
      ({ answer }) =>
        new Map(
          (answer as ReadonlyArray<{ issue_ref: string; branch_name: string }>).map((one) => [
            one.issue_ref,
            one.branch_name,
          ]),
        ),
    ),
  }
})

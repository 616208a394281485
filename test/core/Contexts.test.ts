import { expect } from "bun:test"
import { Contexts } from "@kugetsu/core/Contexts"
import { withConversation, withRun, contextRunOf } from "@kugetsu/core/domain/extendContext"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { emptyTurn, runExit, runId } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const owner = { name: "github.com-shoko-kugetsu-14", issueRef: "github.com/shoko/kugetsu#14" }

const inHome = <A, E>(body: (file: string, root: string) => Effect.Effect<A, E, Contexts>) =>
  Effect.flatMap(temporaryDirectory, (dir) => {
    const root = path.join(dir, "home")
    const layer = Contexts.layer.pipe(
      Layer.provide(EnvFiles.layer),
      Layer.provide(KugetsuHome.at(root)),
      Layer.provide(Layer.succeed(HostEnvironment, { API_KEY: "from-the-environment" })),
    )
    return Effect.provide(body(path.join(root, "context", `${owner.name}.json`), root), layer)
  })

effectTest(
  "no secret gets into a context: neither by its value, of any env file, nor by its shape, nor in an address",
  () =>
    inHome((file, root) =>
      Effect.gen(function* () {
        fs.mkdirSync(path.join(root, "env"), { recursive: true })
        fs.writeFileSync(path.join(root, "env", "dev.env"), "GITEA_TOKEN=hunter2-hunter2\nNODE_ENV=production\n")
        const token = `ghp_${"a1B2".repeat(9)}`
        const text = `production key=plain hunter2-hunter2 ${token} from-the-environment https://ann:pw@example.org/x`
        const exit = runExit(runId("k3f9qa"), {
          evidence: [text],
          failure: { error: "E", message: text, remedy: text, code: 1 },
          turn: { ...emptyTurn, last_text: text },
          pr_url: text,
          work: {
            commits: [{ sha: "1", subject: text }],
            pushed: null,
            dirty: null,
            dirty_changed: null,
            pull_request: null,
            pull_request_unknown: null,
            pull_request_before: false,
            off_branch: null,
          },
        })
        const message = { id: "a", role: "assistant", content: text, tools: [text], timestamp: null }
        yield* (yield* Contexts).change(owner, (context) =>
          withRun(
            withConversation(context, { session: "ses_1", messages: [message] }, null),
            contextRunOf({ message: text }, exit),
            null,
          ),
        )
        const written = fs.readFileSync(file, "utf8")
        for (const secret of ["hunter2", token, "from-the-environment", "ann:pw"]) expect(written).not.toContain(secret)
        const seen = "production key=plain *** *** *** https://***@example.org/x"
        expect(written.split(JSON.stringify(seen).slice(1, -1))).toHaveLength(10)
        expect([file, path.dirname(file)].map((one) => fs.statSync(one).mode & 0o777)).toEqual([0o600, 0o700])
      }),
    ),
)

effectTest("of an env file that cannot be understood every value counts as a secret, and the context is kept", () =>
  inHome((file, root) =>
    Effect.gen(function* () {
      fs.mkdirSync(path.join(root, "env"), { recursive: true })
      fs.writeFileSync(path.join(root, "env", "dev.env"), "GITEA_TOKEN=$(cat token)\n")
      yield* (yield* Contexts).change(owner, (context) => ({
        ...context,
        last_message: "it is $(cat token), they say",
      }))
      expect(JSON.parse(fs.readFileSync(file, "utf8")).last_message).toBe("it is ***, they say")
    }),
  ),
)

effectTest("the context of another issue is neither given nor overwritten, in whatever file it is", () =>
  inHome((file) =>
    Effect.gen(function* () {
      const contexts = yield* Contexts
      yield* contexts.change(owner, (context) => context)
      expect(Option.isSome(yield* contexts.find({ ...owner, issueRef: "GitHub.com/Shoko/Kugetsu#14" }))).toBe(true)
      const before = fs.readFileSync(file, "utf8")
      const other = { ...owner, issueRef: "github.com/shoko-kugetsu/x#14" }
      for (const refused of [contexts.find(other), contexts.change(other, (context) => context)]) {
        expect(yield* Effect.flip(refused)).toMatchObject({ _tag: "RecordUnreadable", path: file })
      }
      expect(fs.readFileSync(file, "utf8")).toBe(before)
    }),
  ),
)

import { expect } from "bun:test"
import { redacted, unreadEnvFiles } from "@kugetsu/core/Redactor"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { forgetRunSecrets, keepRunSecrets, noteRedacted } from "@kugetsu/core/RunSecrets"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { runId } from "../kit/records.ts"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const redactorTest = (
  name: string,
  body: (at: {
    readonly root: string
    readonly write: (file: string, text: string) => void
    readonly redact: (text: string) => Effect.Effect<string>
  }) => Effect.Effect<void>,
  host: (root: string) => Readonly<Record<string, string>> = () => ({}),
) =>
  effectTest(name, () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      fs.mkdirSync(path.join(root, "env"))
      const layer = Layer.merge(KugetsuHome.at(root), Layer.succeed(HostEnvironment, host(root)))
      yield* body({
        root,
        write: (file, text) => fs.writeFileSync(path.join(root, "env", file), text),
        redact: (text) => Effect.provide(redacted(text), layer),
      })
    }),
  )

redactorTest(
  "what is secret by its name is known from every env file and from the environment, and plain values are not",
  ({ redact, write }) =>
    Effect.gen(function* () {
      write("default.env", "A_TOKEN=default1\nNODE_ENV=production\n")
      write("dev.env", "export DB_PASSWORD='dev 1234'\n")
      write("pm-agent.env", "B_TOKEN=pmagent1\n")
      const said = "default1, dev 1234, pmagent1, hostkey1, production, /usr/bin"
      expect(yield* redact(said)).toBe("***, ***, ***, ***, production, /usr/bin")
    }),
  () => ({ ANTHROPIC_API_KEY: "hostkey1", PATH: "/usr/bin" }),
)

redactorTest("a value that was replaced meanwhile is still a secret, and so is the new one", ({ redact, write }) =>
  Effect.gen(function* () {
    write("dev.env", "A_TOKEN=earlier-value\n")
    expect(yield* redact("earlier-value later-value")).toBe("*** later-value")
    write("dev.env", "A_TOKEN=later-value!\n")
    expect(yield* redact("earlier-value later-value!")).toBe("*** ***")
  }),
)

redactorTest("of a file that cannot be understood every value is a secret", ({ redact, write }) =>
  Effect.gen(function* () {
    write("dev.env", 'A_TOKEN="hunter2hunter2"\nB=$(id hunter3)\n')
    expect(yield* redact("hunter2hunter2 and $(id hunter3)")).toBe("*** and ***")
  }),
)

redactorTest(
  "where a key lies is no secret, as long as something lies there",
  ({ redact, root }) =>
    Effect.gen(function* () {
      expect(yield* redact(`${root} /not/there+x==`)).toBe(`${root} ***`)
    }),
  (root) => ({ KEYRING: root, A_KEY: "/not/there+x==" }),
)

redactorTest("what an agent has from the environment of another process is a secret until all of it is masked", (at) =>
  Effect.gen(function* () {
    const run = runId("aaaaaa")
    const starter = Layer.merge(
      KugetsuHome.at(at.root),
      Layer.succeed(HostEnvironment, { P_KEY: "only-in-a-shell", Q_KEY: "not-the-agent's" }),
    )
    const given = { P_KEY: "only-in-a-shell", PATH: "/bin" }
    yield* keepRunSecrets(run, given).pipe(Effect.orDie, Effect.provide(starter))
    const file = path.join(at.root, "secrets", fs.readdirSync(path.join(at.root, "secrets"))[0]!)
    expect([JSON.parse(fs.readFileSync(file, "utf8")), fs.statSync(file).mode & 0o777]).toEqual([
      ["only-in-a-shell"],
      0o600,
    ])
    expect(yield* at.redact("only-in-a-shell")).toBe("***")
    const forget = forgetRunSecrets(run).pipe(Effect.orDie, Effect.provide(starter))
    yield* forget
    expect(fs.readdirSync(path.join(at.root, "secrets"))).toHaveLength(1)
    yield* noteRedacted(run).pipe(Effect.orDie, Effect.provide(starter))
    expect(yield* at.redact("only-in-a-shell")).toBe("***")
    yield* forget
    expect(fs.readdirSync(path.join(at.root, "secrets"))).toEqual([])
  }),
)

redactorTest("an env file that cannot be read is named", ({ root, write }) =>
  Effect.gen(function* () {
    write("dev.env", "A_TOKEN=abc\n")
    fs.mkdirSync(path.join(root, "env", "other.env"))
    expect(yield* Effect.provide(unreadEnvFiles, KugetsuHome.at(root))).toEqual([path.join(root, "env", "other.env")])
  }),
)

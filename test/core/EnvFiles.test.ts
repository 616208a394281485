import { expect } from "bun:test"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { tryAcquire, release } from "@kugetsu/core/system/Lock"
import { Arbitrary, Effect, Fiber, Layer, Option, Schema } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { holdsForAll } from "../kit/property.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const envTest = (name: string, body: (files: EnvFiles["Service"], root: string) => Effect.Effect<void, unknown>) =>
  effectTest(name, () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const files = yield* Effect.provide(EnvFiles, EnvFiles.layer.pipe(Layer.provide(KugetsuHome.at(root))))
      yield* body(files, root)
    }),
  )

const failureOf = <A, E>(effect: Effect.Effect<A, E>) => Effect.flip(effect)

envTest("what is set is read back, in a 0600 file of a 0700 directory", (files, root) =>
  Effect.gen(function* () {
    yield* files.set("dev", "A_KEY", 'it\'s $(a)\n"line"')
    yield* files.set("dev", "B", "")
    expect([...(yield* files.read("dev"))]).toEqual([
      ["A_KEY", 'it\'s $(a)\n"line"'],
      ["B", ""],
    ])
    expect(fs.statSync(`${root}/env`).mode & 0o777).toBe(0o700)
    expect(fs.statSync(`${root}/env/dev.env`).mode & 0o777).toBe(0o600)
    expect(fs.readdirSync(`${root}/env`)).toEqual(["dev.env"])
  }),
)

envTest("a file that was readable by others is not any more after a change, and its other lines stay", (files, root) =>
  Effect.gen(function* () {
    fs.mkdirSync(`${root}/env`)
    fs.writeFileSync(`${root}/env/default.env`, "# mine\nexport A=1 # one\r\nB='x'\n", { mode: 0o644 })
    yield* files.set("default", "A", "two words")
    expect(fs.readFileSync(`${root}/env/default.env`, "utf8")).toBe("# mine\nexport A='two words' # one\r\nB='x'\n")
    expect(fs.statSync(`${root}/env/default.env`).mode & 0o777).toBe(0o600)
    expect(yield* files.remove("default", "B")).toBe(true)
    expect(yield* files.remove("default", "B")).toBe(false)
    expect(fs.readFileSync(`${root}/env/default.env`, "utf8")).toBe("# mine\nexport A='two words' # one\r\n")
  }),
)

envTest("files are listed by agent, and anything else in the directory is left out", (files, root) =>
  Effect.gen(function* () {
    expect(yield* files.list).toEqual([])
    yield* files.set("pm-agent", "A", "1")
    yield* files.set("default", "A", "1")
    fs.writeFileSync(`${root}/env/notes.txt`, "")
    fs.writeFileSync(`${root}/env/nobody.env`, "A=1")
    fs.writeFileSync(`${root}/env/.default.env.1.tmp`, "")
    expect(yield* files.list).toEqual(["default", "pm-agent"])
  }),
)

envTest("names that are no variable, masks, and text that no process can get are refused", (files, root) =>
  Effect.gen(function* () {
    for (const key of ["", "1A", "A-B", "A B", "A=B", "É"]) {
      expect(yield* failureOf(files.set("dev", key, "1"))).toMatchObject({ _tag: "ConfigInvalid", key })
    }
    for (const value of [
      "***",
      " *******\n",
      "ghp_****abcd",
      "https://ann:***@h/r",
      "a\0b",
      "\ud800",
      "x".repeat(100_001),
    ]) {
      expect(yield* failureOf(files.set("dev", "A", value))).toMatchObject({ _tag: "ConfigInvalid", key: "A" })
    }
    expect(fs.existsSync(`${root}/env`)).toBe(false)
  }),
)

envTest("an agent gets the default file, then its own, and the PM's forge tokens where it has none", (files) =>
  Effect.gen(function* () {
    for (const [name, key, value] of [
      ["default", "SHARED", "default"],
      ["default", "OVERRIDDEN", "default"],
      ["default", "GITLAB_TOKEN", ""],
      ["dev", "OVERRIDDEN", "dev"],
      ["dev", "GITHUB_TOKEN", "dev-token"],
      ["pm-agent", "GITHUB_TOKEN", "pm-github"],
      ["pm-agent", "GITLAB_TOKEN", "pm-gitlab"],
      ["pm-agent", "KUGETSU_TOKEN_GIT_X", "pm-x"],
      ["pm-agent", "PM_ONLY_SECRET", "pm"],
    ] as const) {
      yield* files.set(name, key, value)
    }
    expect(yield* files.forAgent("dev")).toEqual({
      SHARED: "default",
      OVERRIDDEN: "dev",
      GITHUB_TOKEN: "dev-token",
      GITLAB_TOKEN: "pm-gitlab",
      KUGETSU_TOKEN_GIT_X: "pm-x",
    })
    expect(yield* files.forAgent("pm-agent")).toEqual({
      SHARED: "default",
      OVERRIDDEN: "default",
      GITHUB_TOKEN: "pm-github",
      GITLAB_TOKEN: "pm-gitlab",
      KUGETSU_TOKEN_GIT_X: "pm-x",
      PM_ONLY_SECRET: "pm",
    })
  }),
)

envTest("an agent never gets the mask of a secret for the secret", (files, root) =>
  Effect.gen(function* () {
    fs.mkdirSync(`${root}/env`)
    fs.writeFileSync(`${root}/env/default.env`, "A=***\nGITEA_TOKEN=***\n")
    const error = yield* failureOf(files.forAgent("dev"))
    expect(error).toMatchObject({ _tag: "ConfigInvalid", where: `${root}/env/default.env:2`, key: "GITEA_TOKEN" })
    yield* files.set("default", "GITEA_TOKEN", "real")
    expect(yield* files.forAgent("dev")).toEqual({ A: "***", GITEA_TOKEN: "real" })
    fs.writeFileSync(`${root}/env/dev.env`, "DATABASE_URL=postgres://ann:***@h/d\n", { mode: 0o600 })
    expect(yield* failureOf(files.forAgent("dev"))).toMatchObject({ _tag: "ConfigInvalid", key: "DATABASE_URL" })
  }),
)

envTest("a file that others could read is for its owner alone once it was looked at", (files, root) =>
  Effect.gen(function* () {
    yield* files.set("dev", "A_KEY", "value")
    fs.chmodSync(`${root}/env/dev.env`, 0o644)
    expect((yield* files.read("dev")).get("A_KEY")).toBe("value")
    expect(fs.statSync(`${root}/env/dev.env`).mode & 0o777).toBe(0o600)
  }),
)

envTest("a file that would need a shell is refused by its line, shows no value, and stays as it is", (files, root) =>
  Effect.gen(function* () {
    fs.mkdirSync(`${root}/env`)
    const text = "A=1\nMY_TOKEN=hunter2$(id)\n"
    fs.writeFileSync(`${root}/env/dev.env`, text)
    for (const effect of [files.read("dev"), files.set("dev", "B", "1"), files.forAgent("dev")]) {
      const error = yield* failureOf<unknown, { readonly message: string }>(effect)
      expect(error).toMatchObject({ _tag: "ConfigInvalid", where: `${root}/env/dev.env:2`, key: "MY_TOKEN" })
      expect(JSON.stringify(error) + error.message).not.toContain("hunter2")
    }
    expect(fs.readFileSync(`${root}/env/dev.env`, "utf8")).toBe(text)
  }),
)

envTest("changes made at the same time are all kept", (files) =>
  Effect.gen(function* () {
    const keys = Array.from({ length: 12 }, (_, i) => `K${i}`)
    yield* Effect.forEach(keys, (key) => files.set("dev", key, key), { concurrency: "unbounded", discard: true })
    expect([...(yield* files.read("dev")).keys()].sort()).toEqual(keys.sort())
  }),
)

envTest("a change waits for the lock that another process holds", (files, root) =>
  Effect.gen(function* () {
    const held = Option.getOrThrow(yield* tryAcquire(`${root}/locks/env.lock`))
    const waiting = yield* Effect.forkChild(files.set("dev", "A", "1"), { startImmediately: true })
    expect(fs.existsSync(`${root}/env/dev.env`)).toBe(false)
    yield* release(held)
    yield* Fiber.join(waiting)
    expect((yield* files.read("dev")).get("A")).toBe("1")
  }),
)

envTest("any text survives the file", (files) =>
  Effect.promise(() =>
    holdsForAll(
      Arbitrary.schema(Schema.String).pipe(Arbitrary.filter((text) => text.isWellFormed() && !text.includes("\0"))),
      (value) =>
        Effect.gen(function* () {
          yield* files.set("dev", "VALUE", value)
          return (yield* files.read("dev")).get("VALUE") === value
        }),
      { runs: 40 },
    ),
  ),
)

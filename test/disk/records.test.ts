import { Deliveries } from "@kugetsu/core/domain/Deliveries"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { CondemnedStorage, QuarantinedSession } from "@kugetsu/core/domain/QuarantinedSession"
import { markStorage, storageMarkOf } from "@kugetsu/core/opencode/StorageMark"
import { requireFitOpencode } from "@kugetsu/core/opencode/UnfitOpencode"
import { redacted } from "@kugetsu/core/Redactor"
import { Servers } from "@kugetsu/core/Servers"
import { changeServers, ServersRecord } from "@kugetsu/core/servers/ServersFile"
import { Settings } from "@kugetsu/core/Settings"
import { fileStamp } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { jsonFile } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { DaemonRecord } from "@kugetsu/daemon/DaemonRecord"
import { expect, test } from "bun:test"
import { Effect, Layer, Option, Result, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/** Records as they were written once. They must load for ever: add directories, never change one. */
const copy = Effect.map(temporaryDirectory, (dir) => {
  const home = path.join(dir, "home")
  fs.cpSync(path.join(import.meta.dirname, "version-1-records"), home, { recursive: true })
  return home
})
const read = (home: string, file: string): unknown => JSON.parse(fs.readFileSync(path.join(home, file), "utf8"))

const roundTrip = <S extends Schema.ConstraintCodec<any, any>>(what: string, schema: S, file: string) =>
  effectTest(`${what} of version 1 loads whole, and is written back as it was`, () =>
    Effect.gen(function* () {
      const home = yield* copy
      const record = jsonFile(schema)
      const before = read(home, file)
      const found = Option.getOrThrow(yield* record.find(path.join(home, file)))
      yield* record.replace(path.join(home, file), found)
      expect(read(home, file)).toEqual(before)
    }),
  )

roundTrip("who serves the queue", DaemonRecord, "queue/daemon.json")
roundTrip("what has gone out of the notifications", Deliveries, "queue/deliveries.json")
roundTrip("a session in quarantine", QuarantinedSession, "quarantine/s_20261120T063012345_k3f9qa/record.json")
roundTrip("a storage that is on its way there", CondemnedStorage, "agents/github.com-shoko-kugetsu-14/condemned.json")
roundTrip("the list of servers", ServersRecord, "servers.json")

effectTest("the mark of an issue's storage of version 1 loads whole, and the same mark is not written again", () =>
  Effect.gen(function* () {
    const home = yield* copy
    const storage = (yield* Effect.provide(KugetsuHome, KugetsuHome.at(home))).agent("github.com-shoko-kugetsu-14")
    const file = path.join(storage.dir, "owner.json")
    const mark = Option.getOrThrow(Option.fromNullishOr(yield* storageMarkOf(storage)))
    expect<unknown>(mark).toEqual(JSON.parse(fs.readFileSync(file, "utf8")))
    const before = fs.statSync(file).ino
    yield* markStorage(storage, mark)
    expect(fs.statSync(file).ino).toBe(before)
  }),
)

effectTest("an opencode that was forbidden in version 1 stays forbidden", () =>
  Effect.gen(function* () {
    const home = yield* copy
    const file = path.join(home, "opencode-unfit.json")
    const program = path.join(fs.realpathSync(home), "opencode")
    fs.writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 })
    const sample = read(home, "opencode-unfit.json") as { readonly stamp: string }
    const stamp = yield* fileStamp(program)
    // it is of another file, in the same words
    expect(sample.stamp.split(":").length).toBe(stamp.split(":").length)
    fs.writeFileSync(file, JSON.stringify({ ...sample, program, stamp }))
    const refusal = yield* Effect.flip(
      requireFitOpencode(program).pipe(
        Effect.provide(Layer.merge(KugetsuHome.at(home), Layer.succeed(HostEnvironment, {}))),
      ),
    )
    expect(refusal).toMatchObject({ _tag: "OpencodeUnfit", opencode: "2.0.0", program })
  }),
)

effectTest("servers and repositories of version 1 lead to the addresses that they did, and stay as they were", () =>
  Effect.gen(function* () {
    const home = yield* copy
    const before = [read(home, "servers.json"), read(home, "repos.json")]
    const layer = Servers.layer.pipe(
      Layer.provide(Settings.layer),
      Layer.provideMerge(KugetsuHome.at(home)),
      Layer.provide(Layer.succeed(HostEnvironment, { HOME: home })),
    )
    yield* Effect.gen(function* () {
      const servers = yield* Servers
      const address = (text: string) => servers.cloneUrl(Result.getOrThrow(parseIssueRef(text)))
      expect(yield* address("git.example.org:3000/shoko/kugetsu#1")).toBe(
        "ssh://git@git.example.org:2222/shoko/kugetsu.git",
      )
      expect(yield* address("github.com/shoko/kugetsu#14")).toBe("https://github.com/fork/kugetsu.git")
      expect(yield* address("github.com/shoko/kugetsu#15")).toBe("https://github.com/shoko/kugetsu.git")
      yield* changeServers(Effect.succeed)
    }).pipe(Effect.provide(layer))
    expect([read(home, "servers.json"), read(home, "repos.json")]).toEqual(before)
  }),
)

effectTest("the secrets of a run of version 1 are taken out of what its agent wrote", () =>
  Effect.gen(function* () {
    const home = yield* copy
    const text = yield* redacted("it is not-a-real-secret").pipe(
      Effect.provide(Layer.merge(KugetsuHome.at(home), Layer.succeed(HostEnvironment, {}))),
    )
    expect(text).toBe("it is ***")
  }),
)

/** Where a test of this directory loads each. */
const samples: Readonly<Record<string, string>> = {
  CondemnedStorage: "version-1-records/agents/github.com-shoko-kugetsu-14/condemned.json",
  DaemonRecord: "version-1-records/queue/daemon.json",
  Deliveries: "version-1-records/queue/deliveries.json",
  Explanation: "version-1-queue/queue/bad/q_1795156212004_k3f9qe.json.reason.json",
  ForgesRecord: "version-1-forges/forges.json",
  Polls: "version-1-pull-requests/queue/polls.json",
  QuarantinedSession: "version-1-records/quarantine/s_20261120T063012345_k3f9qa/record.json",
  Receipt: "version-1-trash/trash/t_20261120T063012345_k3f9qa/receipt.json",
  ReposRecord: "version-1-records/repos.json",
  RunAgent: "version-1/runs/r_20261120T063012_k3f9qa/agent.json",
  RunExit: "version-1/runs/r_20261120T063012_k3f9qa/exit.json",
  RunPullRequest: "version-1-pull-requests/runs/r_20261120T063012_k3f9qa/pull-request.json",
  RunRequest: "version-1/runs/r_20261120T063012_k3f9qa/request.json",
  RunStarted: "version-1/runs/r_20261120T063012_k3f9qa/started.json",
  RunStop: "version-1/runs/r_20261120T063012_k3f9qa/stop.json",
  RunSupervisor: "version-1/runs/r_20261120T063012_k3f9qa/supervisor.json",
  "Schema.Array(Schema.String)": "version-1-records/secrets/r_20261120T063012_k3f9qa.json",
  "Schema.Array(StoredNotification)": "version-1-notifications/notifications.json",
  // repos.json, as doctor looks at it
  "Schema.Record(Schema.String, Schema.String)": "version-1-records/repos.json",
  ServersRecord: "version-1-records/servers.json",
  Session: "version-1/sessions/github.com-shoko-kugetsu-14.json",
  SessionIndex: "version-1/index.json",
  StorageMark: "version-1-records/agents/github.com-shoko-kugetsu-14/owner.json",
  TaskContext: "version-1-context/context/github.com-shoko-kugetsu-14.json",
  UnfitOpencode: "version-1-records/opencode-unfit.json",
}

test("each kind of record that the sources read has a sample of version 1", () => {
  const packages = path.join(import.meta.dirname, "..", "..", "packages")
  const kinds = fs
    .readdirSync(packages)
    .flatMap((name) => fs.globSync(path.join(packages, name, "src", "**", "*.ts")))
    .flatMap((file) => [...fs.readFileSync(file, "utf8").matchAll(/= jsonFile\((.+)\)$/gm)].map(([, kind]) => kind!))
  expect([...new Set(kinds)].sort()).toEqual(Object.keys(samples).sort())
  for (const sample of Object.values(samples)) expect(fs.existsSync(path.join(import.meta.dirname, sample))).toBe(true)
})

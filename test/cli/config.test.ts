import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { freshPerson } from "../kit/kugetsu.ts"

const withConfig = (text: string) =>
  Effect.map(freshPerson, (person) => {
    const file = path.join(person.kugetsuHome, "config")
    fs.mkdirSync(person.kugetsuHome)
    fs.writeFileSync(file, text)
    return { ...person, file }
  })

effectTest("each setting is shown with the file and line, the environment, or the default that it is from", () =>
  Effect.gen(function* () {
    const { file, home, kugetsu } = yield* withConfig(
      "TRASH_DAYS=1\nTRASH_DAYS=2\nNOTIFY_WEBHOOK_URL=https://hooks.example.org/s3cret\nTASK_TIMEOUT_HOURS=2\nNOTIFY_COMMAND='tell --token s3cret'\n",
    )
    const env = { TASK_TIMEOUT_HOURS: "0.5" }
    const shown = yield* kugetsu(["config", "show", "--json"], { env })
    const entries: ReadonlyArray<{ key: string }> = JSON.parse(shown.stdout)
    const of = (key: string) => entries.find((entry) => entry.key === key)
    expect(of("TRASH_DAYS")).toEqual({ key: "TRASH_DAYS", value: "2", origin: `${file}:2` } as never)
    expect(of("TASK_TIMEOUT_HOURS")).toMatchObject({ value: "0.5", origin: "the environment" })
    expect(of("MAX_CONCURRENT_AGENTS")).toMatchObject({ value: "3", origin: "the default" })
    expect(of("KUGETSU_TEMP_DIR")).toMatchObject({ value: `${home}/.local/share/opencode/tool-output` })
    expect(of("KUGETSU_MODEL")).toMatchObject({ value: "", origin: "the default" })
    expect(of("NOTIFY_COMMAND")).toMatchObject({ value: "***" })
    expect(of("NOTIFY_WEBHOOK_URL")).toMatchObject({ value: "***", origin: `${file}:3` })

    const table = yield* kugetsu(["config", "show", "--origin"], { env })
    expect(table.stdout).toMatch(/^KEY +VALUE +ORIGIN\n/)
    expect(table.stdout).toMatch(/^TASK_TIMEOUT_HOURS +0\.5 +the environment$/m)
    expect((yield* kugetsu(["config", "show"])).stdout).toContain("\nTASK_TIMEOUT_HOURS=2\n")
    expect(shown.stdout + table.stdout).not.toContain("s3cret")
  }),
)

effectTest("check names every fault with its line, and what is allowed, and ends with 78", () =>
  Effect.gen(function* () {
    const { file, kugetsu } = yield* withConfig("TRASH_DAYS=soon\nMAX_CONCURENT_AGENTS=4\nMAX_CONCURRENT_AGENTS=0\n")
    const people = yield* kugetsu(["config", "check"])
    expect([people.code, people.stderr]).toEqual([78, ""])
    expect(people.stdout).toMatch(/config:3: MAX_CONCURRENT_AGENTS: "0" is not allowed\n +Allowed: a whole number/)
    expect(people.stdout).toMatch(/config:1: TRASH_DAYS: "soon"/)
    expect(people.stdout).toMatch(/warning: .*config:2: MAX_CONCURENT_AGENTS .* did you mean MAX_CONCURRENT_AGENTS/)
    const programs = yield* kugetsu(["config", "check", "--json"], { env: { TASK_TIMEOUT_HOURS: "never" } })
    const { errors, ok, warnings } = JSON.parse(programs.stdout)
    expect([programs.code, ok, warnings.length]).toEqual([78, false, 1])
    expect(errors.map(({ key, where }: { key: string; where: string }) => [key, where])).toEqual([
      ["MAX_CONCURRENT_AGENTS", `${file}:3`],
      ["TASK_TIMEOUT_HOURS", "the environment"],
      ["TRASH_DAYS", `${file}:1`],
    ])
    const shown = yield* kugetsu(["config", "show"])
    expect([shown.code, shown.stdout, shown.stderr.includes("config:3")]).toEqual([78, "", true])
  }),
)

effectTest("a file that nothing is wrong with, or that is not there, is good; one that runs something is not", () =>
  Effect.gen(function* () {
    const { file, kugetsu } = yield* withConfig("# nothing\n")
    expect((yield* kugetsu(["config", "check"])).stdout).toBe(`${file}: nothing is wrong\n`)
    fs.writeFileSync(file, "TRASH_DAYS=$(id)\n")
    const { code, stdout } = yield* kugetsu(["config", "check"])
    expect([code, stdout.includes("config:1: TRASH_DAYS")]).toEqual([78, true])
    fs.rmSync(file)
    expect((yield* kugetsu(["config", "check"])).code).toBe(0)
  }),
)

import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import manifest from "../../packages/cli/package.json" with { type: "json" }
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, ref, until } from "../kit/queueStage.ts"

const root = path.join(import.meta.dirname, "..", "..")
let place: string
let executable: string
/** The same program, compiled without the switches that keep the current directory's files out. */
let control: string

const run = async (argv: ReadonlyArray<string>, cwd: string, env: Record<string, string>) => {
  const child = Bun.spawn([...argv], { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { stdout, stderr, code }
}

const build = async (argv: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await run([process.execPath, ...argv], root, { ...process.env } as never)
  if (code !== 0) throw new Error(`bun ${argv.join(" ")}: ${stdout}${stderr}`)
}

beforeAll(async () => {
  place = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "kugetsu exé-"))
  executable = path.join(place, "bin", "kugetsu")
  control = path.join(place, "bin", "control")
  await build(["scripts/build.ts", "--outfile", executable])
  await build(["build", "packages/cli/src/main.ts", "--compile", "--outfile", control])
}, 120_000)

afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

/** A directory whose .env names another home, one that is initialised, and whose bunfig.toml runs a program. */
const hostileDirectory = () => {
  const dir = fs.mkdtempSync(path.join(place, "repository-"))
  const otherHome = path.join(dir, "other home")
  fs.cpSync(path.join(root, "test", "disk", "version-1"), otherHome, { recursive: true })
  fs.writeFileSync(path.join(dir, ".env"), `KUGETSU_DIR="${otherHome}"\n`)
  fs.writeFileSync(path.join(dir, "bunfig.toml"), 'preload = ["./preload.ts"]\n')
  fs.writeFileSync(path.join(dir, "preload.ts"), 'require("node:fs").writeFileSync("preloaded", "")\n')
  return dir
}

const statusIn = async (program: string) => {
  const dir = hostileDirectory()
  const home = path.join(dir, "home")
  const { stdout, stderr } = await run([program, "status"], dir, { PATH: process.env.PATH!, HOME: home })
  return { answer: stdout.trim() || stderr, preloaded: fs.existsSync(path.join(dir, "preloaded")) }
}

test("the executable reads neither .env nor the preloads of bunfig.toml from the current directory", async () => {
  expect(await statusIn(executable)).toEqual({ answer: "kugetsu_not_initialized", preloaded: false })
})

test("the same look notices an executable that does read them", async () => {
  expect(await statusIn(control)).toEqual({ answer: "ok", preloaded: true })
})

test("the executable tells its version, from any directory and without a home", async () => {
  const { stdout, code } = await run([executable, "--version"], "/", {})
  expect([code, stdout.includes(manifest.version)]).toEqual([0, true])
})

test("one executable is all that the build leaves, and all that is needed at run time", async () => {
  expect(fs.readdirSync(path.dirname(executable)).sort()).toEqual(["control", "kugetsu"])
  const alone = path.join(fs.mkdtempSync(path.join(place, "alone-")), "kugetsu")
  fs.copyFileSync(executable, alone)
  const { stdout, code } = await run([alone, "status"], place, { HOME: path.join(place, "nobody") })
  expect([code, stdout.trim()]).toEqual([69, "kugetsu_not_initialized"])
})

effectTest("a daemon whose program was replaced by a rename starts agents with what is there now", () =>
  Effect.gen(function* () {
    const stage = yield* queueStage({ run: { events: goodTurn("done") } })
    const program = path.join(stage.home, "kugetsu")
    for (const file of [program, `${program}.new`]) fs.copyFileSync(executable, file)
    const daemon = Bun.spawn([program, "queue-daemon", "run"], {
      env: stage.env,
      stdio: ["ignore", "ignore", "ignore"],
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => daemon.kill()))
    yield* until("the daemon serves", () => fs.existsSync(path.join(stage.kugetsuHome, "queue", "daemon.pid")))
    fs.renameSync(`${program}.new`, program)
    const id = yield* stage.delegate([`look at ${ref(1)}`])
    expect(yield* stage.untilIn("done", id)).toMatchObject({ state: "completed" })
  }),
)

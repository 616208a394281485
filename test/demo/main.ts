// `bun run demo`: three issues at once, with the real opencode and a scripted model, in a home that is thrown away.
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { GitBox } from "../kit/git.ts"
import { personWithOpencode } from "../kit/opencode.ts"
import { startScriptedModel } from "../kit/scriptedModel.ts"
import { type DemoIssue, firstFiles, issues } from "./issues.ts"
import { type Kugetsu, kugetsuOf } from "./kugetsu.ts"
import { progressOn } from "./progress.ts"

interface Place {
  readonly git: GitBox
  readonly home: string
  readonly kugetsu: Kugetsu
  /** The repository that the agents push to. */
  readonly remote: string
}

interface Answer {
  readonly outcome?: string
  readonly evidence?: ReadonlyArray<string>
  readonly branch_name?: string | null
  readonly message?: string
}

class Interrupted extends Error {
  constructor(readonly exitCode: number) {
    super()
  }
}

const work = async (place: Place, interruption: Promise<never>): Promise<boolean> => {
  const { git, home, kugetsu, remote } = place
  console.log("A home, a repository with one commit, and a model that follows a script: making them ready.")
  const init = kugetsu.run("init", "--no-probe")
  if ((await Promise.race([init.exited, interruption])) !== 0) throw new Error(await new Response(init.stderr).text())
  fs.writeFileSync(path.join(home, "repos.json"), JSON.stringify({ "demo.example/you/moon": remote }))

  console.log(`${issues.map(({ ref }) => `kugetsu start ${ref} "…"`).join("\n")}\n`)
  const progress = progressOn(
    process.stderr,
    issues.map(({ ref }) => ref),
  )
  const following = Promise.all(issues.map((issue) => follow(place, issue, progress.say)))
  const answers = await Promise.race([following, interruption]).finally(progress.close)
  console.log(`\n${table(answers, (branch) => git.run(remote, "log", "--format=%h %s", `main..${branch}`))}`)
  return answers.every(({ answer }) => answer.outcome === "committed")
}

/** Follows one `kugetsu start` to its answer, telling what it says on the way. */
const follow = async (place: Place, issue: DemoIssue, say: (issue: string, words: string) => void) => {
  const started = place.kugetsu.run("start", issue.ref, issue.message, "--json")
  const worktrees = path.join(place.home, "worktrees")
  const decoder = new TextDecoder()
  let rest = ""
  const told = (async () => {
    for await (const chunk of started.stderr) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
      rest = lines.pop() ?? ""
      // what Ctrl-C does is said to who started it, and that is the demo
      for (const line of lines.filter((line) => line.trim() !== "" && !line.includes("Ctrl-C")))
        say(issue.ref, line.replaceAll(`${worktrees}/`, ""))
    }
  })()
  const answer = JSON.parse(await new Response(started.stdout).text()) as Answer
  await told
  say(issue.ref, `${answer.outcome ?? "refused"}: ${answer.evidence?.join(", ") ?? answer.message}`)
  return { issue, answer }
}

const table = (
  answers: ReadonlyArray<{ readonly issue: DemoIssue; readonly answer: Answer }>,
  commitsOf: (branch: string) => string,
): string => {
  const rows = answers.map(({ answer, issue }) => [
    issue.ref,
    answer.outcome ?? "failed",
    answer.branch_name ?? "-",
    answer.outcome === "committed" && answer.branch_name ? commitsOf(answer.branch_name) : "-",
  ])
  const all = [["ISSUE", "OUTCOME", "BRANCH", "COMMITS ON THE REMOTE"], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)))
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n")
}

const keep = process.argv.includes("--keep")
const root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "kugetsu-demo-"))
const home = path.join(root, "kugetsu")
const tmp = path.join(root, "tmp")

const interruption = Promise.withResolvers<never>()
interruption.promise.catch(() => undefined)
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => interruption.reject(new Interrupted(code)))
}

const model = await startScriptedModel()
fs.mkdirSync(tmp)
fs.mkdirSync(home, { mode: 0o700 })
// programs leave things in TMPDIR
const kugetsu = kugetsuOf({ ...personWithOpencode(root, { baseURL: model.baseURL }), TMPDIR: tmp }, home)
try {
  const git = new GitBox(fs.mkdtempSync(path.join(root, "remotes-")))
  const place = { git, home, kugetsu, remote: git.remote("moon.git", firstFiles) }
  process.exitCode = (await work(place, interruption.promise)) ? 0 : 1
} catch (cause) {
  if (!(cause instanceof Interrupted)) throw cause
  console.error("\nStopping the agents…")
  process.exitCode = cause.exitCode
} finally {
  await kugetsu.end(issues.map(({ ref }) => ref))
  await model.stop()
  if (keep) console.log(`\nThe home is kept: KUGETSU_DIR='${home}'`)
  else fs.rmSync(root, { recursive: true, force: true })
}
process.exit()

// `bun run demo`: three issues at once, with the real opencode and a scripted model, in a home that is thrown away.
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { GitBox } from "../kit/git.ts"
import { personWithOpencode } from "../kit/opencode.ts"
import { startScriptedModel } from "../kit/scriptedModel.ts"
import { type DemoIssue, firstFiles, issues } from "./issues.ts"
import { progressOn } from "./progress.ts"

const kugetsuMain = path.join(import.meta.dirname, "../../packages/cli/src/main.ts")

interface Answer {
  readonly outcome?: string
  readonly evidence?: ReadonlyArray<string>
  readonly branch_name?: string | null
  readonly message?: string
}

const demo = async (root: string): Promise<boolean> => {
  const model = await startScriptedModel()
  try {
    const git = new GitBox(fs.mkdtempSync(path.join(root, "remotes-")))
    const remote = git.remote("moon.git", firstFiles)
    const env = { ...personWithOpencode(root, { baseURL: model.baseURL }), KUGETSU_DIR: path.join(root, "kugetsu") }
    const kugetsu = (...words: ReadonlyArray<string>) =>
      Bun.spawn([process.execPath, kugetsuMain, ...words], {
        cwd: root,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      })

    console.log("A home, a repository with one commit, and a model that follows a script: making them ready.")
    const init = kugetsu("init", "--no-probe")
    if ((await init.exited) !== 0) throw new Error(await new Response(init.stderr).text())
    fs.writeFileSync(path.join(env.KUGETSU_DIR, "repos.json"), JSON.stringify({ "demo.example/you/moon": remote }))

    console.log(`${issues.map(({ ref }) => `kugetsu start ${ref} "…"`).join("\n")}\n`)
    const progress = progressOn(
      process.stderr,
      issues.map(({ ref }) => ref),
    )
    const answers = await Promise.all(
      issues.map((issue) =>
        work(
          kugetsu("start", issue.ref, issue.message, "--json"),
          issue,
          progress.say,
          path.join(env.KUGETSU_DIR, "worktrees"),
        ),
      ),
    )
    progress.close()
    // an outcome comes before the copy of the conversation: nothing may still write into the home
    while ((await new Response(kugetsu("list", "--json").stdout).text()).includes('"state": "active"')) {
      await Bun.sleep(200)
    }

    console.log(`\n${table(answers, (branch) => git.run(remote, "log", "--format=%h %s", `main..${branch}`))}`)
    return answers.every(({ answer }) => answer.outcome === "committed")
  } finally {
    await model.stop()
  }
}

/** Follows one `kugetsu start` to its answer, telling what it says on the way. */
const work = async (
  started: Bun.Subprocess<"ignore", "pipe", "pipe">,
  issue: DemoIssue,
  say: (issue: string, words: string) => void,
  worktrees: string,
) => {
  const decoder = new TextDecoder()
  let rest = ""
  const told = (async () => {
    for await (const chunk of started.stderr) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) if (line.trim() !== "") say(issue.ref, line.replaceAll(`${worktrees}/`, ""))
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
const clean = () => fs.rmSync(root, { recursive: true, force: true })
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    if (!keep) clean()
    process.exit(130)
  })
}
try {
  process.exitCode = (await demo(root)) ? 0 : 1
} finally {
  if (keep) console.log(`\nThe home is kept: KUGETSU_DIR='${path.join(root, "kugetsu")}'`)
  else clean()
}

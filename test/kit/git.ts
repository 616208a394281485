import * as fs from "node:fs"
import * as path from "node:path"

/** An environment for git that knows nothing of the developer's: an own HOME, no system or global configuration. */
export const gitEnvironment = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  HOME: home,
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: path.join(home, ".gitconfig"),
})

const somebody = {
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "ann@example.org",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "ann@example.org",
}

export class GitBox {
  readonly env: Record<string, string>
  readonly #commits: string

  /** Everything is made below `dir`, which becomes HOME too. */
  constructor(readonly dir: string) {
    this.env = { ...gitEnvironment(dir), ...somebody }
    this.#commits = path.join(dir, "commits")
    fs.writeFileSync(
      path.join(dir, ".gitconfig"),
      '[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n',
    )
  }

  /** Runs git and gives what it printed, without the last line end; throws with its complaint. */
  run(cwd: string, ...args: ReadonlyArray<string>): string {
    const result = Bun.spawnSync(["git", ...args], { cwd, env: this.env })
    if (result.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr.toString()}`)
    return result.stdout.toString().replace(/\n$/, "")
  }

  /** A bare repository without a commit. */
  emptyRemote(name: string, branch = "main"): string {
    const remote = path.join(this.dir, name)
    this.run(this.dir, "init", "--quiet", "--bare", `--initial-branch=${branch}`, remote)
    return remote
  }

  /** A bare repository with one commit on its default branch. */
  remote(name: string, files: Readonly<Record<string, string>> = { "README.md": "hello\n" }, branch = "main"): string {
    const remote = this.emptyRemote(name, branch)
    this.commit(remote, branch, files, "first")
    return remote
  }

  /** Adds a commit to a branch of a bare repository, which starts at `from`, or from nothing, when it is new. */
  commit(
    remote: string,
    branch: string,
    files: Readonly<Record<string, string>>,
    message = "work",
    from: string | null = null,
  ): string {
    const tree = path.join(this.#commits, `${fs.existsSync(this.#commits) ? fs.readdirSync(this.#commits).length : 0}`)
    this.run(this.dir, "clone", "--quiet", "--no-checkout", remote, tree)
    const known = this.run(tree, "for-each-ref", `refs/remotes/origin/${branch}`) !== ""
    if (known || from !== null) this.run(tree, "checkout", "--quiet", "-B", branch, `origin/${known ? branch : from}`)
    else this.run(tree, "checkout", "--quiet", "--orphan", branch)
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(tree, name)), { recursive: true })
      fs.writeFileSync(path.join(tree, name), content)
    }
    this.run(tree, "add", "--all")
    this.run(tree, "commit", "--quiet", "--allow-empty", "-m", message)
    this.run(tree, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`)
    return this.run(tree, "rev-parse", "HEAD")
  }

  /** Commits everything in a working tree. */
  commitAll(worktree: string, message: string): string {
    this.run(worktree, "add", "--all")
    this.run(worktree, "commit", "--quiet", "-m", message)
    return this.run(worktree, "rev-parse", "HEAD")
  }
}

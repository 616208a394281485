import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { GitBox } from "../kit/git.ts"
import { type GitForge, gitForge } from "../kit/gitForge.ts"
import { task } from "./cheapOpencode.ts"
import { LIMIT_MS, type Scenario, serve } from "./trap.ts"
import { end, until, type World } from "./world.ts"

const PUSH = task("echo work >>work.txt && git add . && git commit -qm 'mend it' && git push -q origin HEAD")

/** The repository is on a server with pull requests. */
const onForge =
  (
    scenario: (world: World, forge: GitForge, trap: Parameters<Scenario>[1]) => Promise<ReadonlyArray<string>>,
  ): Scenario =>
  (world, trap) => {
    const at = (...parts: ReadonlyArray<string>) => path.join(world.home, ...parts)
    return Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const box = new GitBox(world.dir)
          const forge = yield* gitForge(box)
          box.remote("ann/app.git")
          fs.writeFileSync(at("repos.json"), "{}")
          fs.writeFileSync(at("servers.json"), JSON.stringify({ servers: [{ ...forge.server, name: "example.org" }] }))
          fs.mkdirSync(at("env"), { mode: 0o700 })
          fs.writeFileSync(at("env", "default.env"), forge.token)
          return yield* Effect.promise(() => scenario(world, forge, trap))
        }),
      ),
    )
  }

/** Daemons follow one another until it is so. */
const serveUntil = async (world: World, env: Readonly<Record<string, string>>, look: () => Promise<boolean>) => {
  for (const last = performance.now() + LIMIT_MS; performance.now() < last;) {
    const daemon = world.daemon(env)
    const gone = daemon.exited.then(() => "gone")
    const seen = until(look, LIMIT_MS)
    const first = await Promise.race([gone, seen])
    if (first === "gone") continue
    await end(daemon)
    return first === true ? [] : ["it did not come to its end in time"]
  }
  return ["daemons died again and again"]
}

const settled = async (world: World): Promise<boolean> =>
  (await world.runs()).every(({ pullRequest }) => pullRequest !== null && pullRequest.again_at === null)

/** Killed while a pull request is brought about, there is one in the end, and everybody knows of it. */
export const pullRequestOpened: Scenario = onForge(async (world, forge, trap) => {
  await world.enqueue(1, PUSH)
  await world.enqueue(2, PUSH)
  const faults = await serve(world, trap.env)
  const after = await serveUntil(world, {}, () => settled(world))
  const sessions = await world.sessions()
  return [
    ...faults,
    ...after,
    ...(forge.pulls.length === 2 ? [] : [`${forge.pulls.length} pull requests were opened for two issues`]),
    ...(await world.runs())
      .filter(({ exit }) => exit?.outcome !== "pr_opened" || exit.pr_url === null)
      .map(({ exit, request }) => `${request.run} came to ${exit?.outcome} with ${exit?.pr_url}`),
    ...sessions.filter(({ session }) => session.pr_url === null).map(({ name }) => `${name} has no pull request`),
  ]
})

/** Killed right after a worktree went to the trash, it is there once, and told once. */
export const cleanedUp: Scenario = onForge(async (world, forge, trap) => {
  fs.appendFileSync(path.join(world.home, "config"), "WORKTREE_GRACE_HOURS=0\n")
  await world.enqueue(1, PUSH)
  const faults = [...(await serve(world, {})), ...(await serveUntil(world, {}, () => settled(world)))]
  for (const pull of forge.pulls) pull.state = "merged"
  const told = async () => (await world.notifications()).filter(({ type }) => type === "worktree_removed").length
  const after = await serveUntil(world, trap.env, async () => (await told()) > 0)
  const receipts = fs.readdirSync(path.join(world.home, "trash")).filter((name) => name.startsWith("t_"))
  const worktrees = fs.readdirSync(path.join(world.home, "worktrees"))
  return [
    ...faults,
    ...after,
    ...((await told()) === 1 ? [] : [`the removal was told ${await told()} times`]),
    ...(receipts.length === 1 ? [] : [`${receipts.length} things are in the trash`]),
    ...worktrees.map((name) => `the worktree ${name} is still there`),
  ]
})

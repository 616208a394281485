import { quarantinedSessions } from "@kugetsu/core/quarantinedSessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { task } from "./cheapOpencode.ts"
import { type Scenario, serve } from "./trap.ts"
import type { World } from "./world.ts"

/** Once, an agent's worktree is no more its issue's by its mark; a next turn may set it again. */
const LEAVE = task('[ -e ../left ] || { : >../left; rm "$(git rev-parse --absolute-git-dir)/kugetsu-issue"; }')

/** Killed while a session is put into quarantine, it is there in the end, whole and once, and no other turn was in it. */
export const leftItsPlace: Scenario = async (world, trap) => {
  await world.enqueue(1, LEAVE)
  const faults = await serve(world, trap.env)
  await world.enqueue(1, task("sleep 0.1"))
  const after = await serve(world, {})
  const [first, ...later] = world.opencode.starts()
  const told = (await world.notifications()).filter(({ type }) => type === "session_quarantined").length
  const records = await quarantined(world, first?.issue ?? "")
  return [
    ...faults,
    ...after,
    ...(records.length === 1 ? [] : [`${records.length} sessions are in quarantine`]),
    ...records
      .filter(({ agent, session }) => session !== first?.session || !fs.existsSync(path.join(agent, "opencode.db")))
      .map(({ session }) => `the quarantine has ${session}, and the agent was in ${first?.session}`),
    ...later
      .filter(({ session }) => session === first?.session)
      .map(({ run }) => `${run} was started in the session that is out of use`),
    ...(told === 1 ? [] : [`the quarantine was told ${told} times`]),
    ...databasesInTrash(world).map((database) => `${database} can be restored`),
  ]
}

const databasesInTrash = ({ home }: World): ReadonlyArray<string> => {
  const trash = path.join(home, "trash")
  const ids = fs.existsSync(trash) ? fs.readdirSync(trash) : []
  return ids.map((id) => path.join(trash, id, "agent", "opencode.db")).filter((file) => fs.existsSync(file))
}

const quarantined = (world: World, name: string) =>
  Effect.gen(function* () {
    const home = yield* KugetsuHome
    const records = yield* quarantinedSessions(home).of(name)
    return records.map((record) => ({ ...record, ...home.quarantined(record.id) }))
  }).pipe(Effect.provide(KugetsuHome.at(world.home)), Effect.runPromise)

import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { trashStage } from "../../kit/trashStage.ts"

effectTest(
  "a stash that names a branch on which another worktree was made stays with that one, whatever it stands on",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const [mine, other] = [yield* stage.issue("14"), yield* stage.issue("15")]
      fs.writeFileSync(path.join(other.path, "a.txt"), "theirs\n")
      stage.box.run(other.path, "stash", "push", "--quiet")
      // both stand on the same commit; the branch that is named is the other's by its mark alone
      stage.box.run(other.path, "switch", "--quiet", "--detach")
      fs.writeFileSync(path.join(mine.path, "a.txt"), "mine\n")
      stage.box.run(mine.path, "stash", "push", "--quiet", "-m", "idea")
      const { stashes } = yield* stage.discard(mine)
      expect(stashes.map(({ message }) => message)).toEqual(["On fix/issue-14: idea"])
    }),
)

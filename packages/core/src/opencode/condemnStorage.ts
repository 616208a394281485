import * as path from "node:path"
import { CondemnedStorage } from "../domain/QuarantinedSession.ts"
import { jsonFile } from "../system/JsonFile.ts"
import type { AgentPaths } from "../system/KugetsuHome.ts"

const file = jsonFile(CondemnedStorage)

const condemnedFile = ({ dir }: AgentPaths) => path.join(dir, "condemned.json")

/** The mark goes wherever its storage goes, to the trash and back too. */
export const condemnStorage = (storage: AgentPaths, condemned: CondemnedStorage) =>
  file.replace(condemnedFile(storage), condemned)

/** None: nobody condemned it. */
export const condemnationOf = (storage: AgentPaths) => file.find(condemnedFile(storage))

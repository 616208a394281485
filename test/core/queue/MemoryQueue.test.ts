import * as MemoryQueue from "@kugetsu/core/queue/MemoryQueue"
import { conformance } from "./conformance.ts"

conformance("memory", () => MemoryQueue.layer)

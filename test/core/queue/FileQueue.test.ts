import { conformance } from "./conformance.ts"
import { fileQueueAt } from "./fileQueueAt.ts"

conformance("files", fileQueueAt)

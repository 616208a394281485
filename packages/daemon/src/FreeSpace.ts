import { freeBytes } from "@kugetsu/core/system/Files"
import { Context } from "effect"

/** Bytes that may still be written to the disk of a directory. A reference, so that tests have full disks. */
export const FreeSpace = Context.Reference<typeof freeBytes>("@kugetsu/daemon/FreeSpace", {
  defaultValue: () => freeBytes,
})
